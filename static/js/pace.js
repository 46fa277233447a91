/**
 * How often the page is drawn: in every frame, unless drawing takes so long that nothing else would get its turn. Then
 * the page rests as long as it has worked, and scrolling, typing and the programs themselves stay fluent.
 */

/** A single long frame, as the first one, is no reason to rest for longer than nobody notices. */
const LONGEST_MS = 50;

/** Frames come a little early or late. */
const JITTER_MS = 4;

/** @returns {{tooSoon: (frame: number) => boolean, drawn: (frame: number) => void}} */
export function pacer() {
  let last = -Infinity;
  let cost = 0;
  return {
    /** @param {number} frame ms, as requestAnimationFrame tells it */
    tooSoon: (frame) => frame - last < 2 * cost - JITTER_MS,
    drawn(frame) {
      last = frame;
      // After the browser has laid out and painted what was written.
      setTimeout(() => {
        cost = Math.min(performance.now() - frame, LONGEST_MS);
      });
    },
  };
}
