/** Writes what the page shows into the address, and into the link to the other language. */

import { byId } from "./view/dom.js";

/** Browsers limit how often the address may be replaced, so a fast player writes the event a little later. */
const LATER_MS = 120;

/**
 * @param {"zh" | "en"} lang
 * @returns {(query: string) => void} notes what the address should say
 */
export function addressBar(lang) {
  let noted = "";
  let written = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let writing;
  return (query) => {
    if (query === noted) return;
    noted = query;
    // The other language shows the same event.
    const other = new URLSearchParams(query);
    other.set("lang", lang === "zh" ? "en" : "zh");
    byId("language", HTMLAnchorElement).href = `?${other}`;
    clearTimeout(writing);
    const write = () => history.replaceState(null, "", `?${query}`);
    const lasting = withoutEvent(query);
    if (lasting === written) writing = setTimeout(write, LATER_MS);
    else write();
    written = lasting;
  };
}

/**
 * @param {string} query
 * @returns {string}
 */
function withoutEvent(query) {
  const rest = new URLSearchParams(query);
  rest.delete("event");
  return rest.toString();
}
