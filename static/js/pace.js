/**
 * How often the page is drawn, and how much of it at once: all of it in every frame, unless that takes so long that
 * nothing else would get its turn. Then it is drawn in parts, in several frames, and after that the page rests as long as
 * it has worked: scrolling, typing and the programs themselves stay fluent.
 */

/** What may be drawn within one frame of a screen of 60 Hz. */
const FLUENT_MS = 12;
/** Of these our own work, after which the next part waits for the next frame; the rest is the browser's. */
const SHARE_MS = 4;
/** A single long frame, as the first one, is no reason to rest for longer than nobody notices. */
const LONGEST_MS = 50;
/** Frames come a little early or late. */
const JITTER_MS = 4;

/** @typedef {() => void} Part draws a part of the page */

/**
 * @param {{now: () => number, after: (then: () => void) => void}} [browser] its clock in ms, and what calls `then` when
 *   the browser has laid out and painted what was written in this frame
 * @returns {{draw: (frame: number, parts: () => Part[]) => boolean}} `draw` is called in a frame, with its time in ms, and
 *   gives whether it wants another; `parts` is asked for what is to be drawn when all of the last time is
 */
export function pacer(browser = { now: () => performance.now(), after: (then) => setTimeout(then) }) {
  /** @type {Part[]} */
  let left = [];
  let began = -Infinity;
  let cost = 0;
  let spent = 0;

  /** @param {number} frame */
  function measure(frame) {
    browser.after(() => {
      spent += Math.min(browser.now() - frame, LONGEST_MS);
      if (left.length === 0) cost = spent;
    });
  }

  return {
    draw(frame, parts) {
      if (left.length === 0) {
        if (frame - began < 2 * cost - JITTER_MS) return true;
        left = parts();
        began = frame;
        spent = 0;
      }
      const until = cost > FLUENT_MS ? browser.now() + SHARE_MS : Infinity;
      do left.shift()?.();
      while (left.length > 0 && browser.now() < until);
      measure(frame);
      return left.length > 0;
    },
  };
}
