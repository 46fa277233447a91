/**
 * Which program panels there are: one for each program of the lesson, and for the processes of one program a panel for
 * one of them and cards for the others. Pure.
 */

/**
 * @typedef {import("../types.js").Listing} Listing
 * @typedef {import("../types.js").Role} Role
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Process} Process
 * @typedef {{name: string, role: Role, file: string, listing: Listing | undefined}} Panel
 * @typedef {{program: string, role: Role, file: string, panels: Panel[], cards: Panel[], folded: number,
 *   ended: number, all: number}} Group
 *   `cards` of those that live; `folded` more of them have none; `ended` are those that are gone and not shown
 */

/** Up to this many processes of one program share the side as panels. */
const PANELS = 2;
/** A group shows at most this many cards, and of those that have ended this many. */
const CARDS = 40;
const ENDED = 3;

/**
 * @param {State} state
 * @param {Listing[]} listings
 * @param {Record<string, string>} chosen process by program: the one whose panel is open
 * @returns {Group[]}
 */
export function groupsOf(state, listings, chosen) {
  /** @type {Map<string, Panel[]>} */
  const members = new Map(listings.map((listing) => [listing.name, []]));
  for (const process of Object.values(state.processes)) {
    const program = programOf(state, process);
    const listing = listings.find(({ name }) => name === program) ?? listings.find(({ file }) => file === process.file);
    const panel = { name: process.name, role: process.role, file: process.file, listing };
    const known = members.get(program);
    if (known) known.push(panel);
    else members.set(program, [panel]);
  }
  return [...members].map(([program, panels]) => {
    const listing = listings.find(({ name }) => name === program);
    const planned = listing && panels.length === 0 ? [{ ...listing, listing }] : panels;
    return { program, ...folded(state, planned, chosen[program]) };
  });
}

/**
 * @param {State} state
 * @param {Process} process
 * @returns {string} the program it runs; a child runs its parent's
 */
function programOf(state, { name, program, parent, file }) {
  if (program) return program;
  const above = parent === null ? undefined : state.processes[parent];
  return above && above.file === file ? programOf(state, above) : name;
}

/**
 * @param {State} state
 * @param {Panel[]} all of one program, in the order in which they were started; at least one
 * @param {string | undefined} chosen
 * @returns {Omit<Group, "program">}
 */
function folded(state, all, chosen) {
  const { role, file } = all[0];
  const open = all.length <= PANELS ? all : [all.find(({ name }) => name === chosen) ?? all[0]];
  const others = all.filter((panel) => !open.includes(panel));
  const gone = others.filter(({ name }) => state.processes[name].exited);
  const shownGone = new Set(gone.slice(-ENDED));
  const shown = others.filter((panel) => shownGone.has(panel) || !state.processes[panel.name].exited);
  const cards = shown.slice(0, CARDS);
  return {
    role, file, panels: open, cards, folded: shown.length - cards.length, ended: gone.length - shownGone.size,
    all: all.length,
  };
}

/**
 * The colour of a process among those of its program, by the number its name ends in: `client`, `client-2`, …
 *
 * @param {string} name
 * @returns {number} from 1
 */
export function numberOf(name) {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 1);
}
