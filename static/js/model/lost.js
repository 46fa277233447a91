/**
 * Bytes that no receive will ever return: cut off, dropped, sent to nobody, or given up with their connection.
 *
 * @typedef {import("./state.js").Finding} Finding
 * @typedef {import("./axis.js").Box} Box
 * @typedef {Box & {kind: import("../types.js").FindingKind, lost: number, among: number}} LostBox
 *   of `among` datagrams in the box `lost` are gone; both 0 where they are not counted
 */

/** The findings that are about all of their bytes. */
const WHOLE = new Set(["dropped", "unreceived", "unreachable", "reset"]);

/**
 * @param {Finding[]} findings
 * @param {(start: number, end: number) => Box | null} place
 * @returns {LostBox[]}
 */
export function lostBoxes(findings, place) {
  return findings.flatMap((finding) => {
    const { kind, lost, cuts } = finding;
    const [start, end] = lostRange(finding);
    const box = end > start ? place(start, end) : null;
    return box ? [{ ...box, kind, lost, among: lost ? cuts.length + 1 : 0 }] : [];
  });
}

/**
 * @param {Finding} finding
 * @returns {[number, number]}
 */
function lostRange({ kind, start, end, cuts }) {
  if (kind === "truncated") return [cuts[0] ?? end, end];
  return WHOLE.has(kind) ? [start, end] : [0, 0];
}

/**
 * The end of what may still be received, when the last datagrams sent are known to be lost.
 *
 * @param {Finding[]} findings
 * @param {number} sent
 * @returns {number}
 */
export function waitingEnd(findings, sent) {
  const ranges = findings.filter(({ kind, lost, cuts }) => kind !== "dropped" || lost > cuts.length).map(lostRange);
  return ranges.sort((a, b) => b[1] - a[1]).reduce((until, [from, to]) => (to === until && from < to ? from : until), sent);
}
