/**
 * What happened last, and where: of thousands of connections or sockets the page shows those. Lists of ids, the latest
 * first, no longer than the page can show.
 */

/** How many connections, and how many sockets of a process, are remembered as the last ones. */
const RECENT = 12;

/**
 * @param {readonly number[]} list
 * @param {number} id
 * @param {(id: number) => boolean} [stays] those that are not pushed out while there are others
 * @returns {readonly number[]} the same list when nothing changes
 */
export function touched(list, id, stays = () => false) {
  if (list[0] === id) return list;
  const others = list.filter((other) => other !== id);
  if (others.length < RECENT) return [id, ...others];
  const gone = others.findLastIndex((other) => !stays(other));
  return [id, ...others.filter((_, i) => i !== (gone < 0 ? others.length - 1 : gone))];
}

/**
 * The connection an event is about, as far as something happened on it; a look at its counters is not that.
 *
 * @param {import("../types.js").Event} event
 * @returns {number | null}
 */
export function connectionOf(event) {
  if (event.type === "connection.changed") return event.connection;
  if (!("stream" in event) || typeof event.stream !== "string" || event.type === "process.output") return null;
  return Number(event.stream.slice(0, -1));
}
