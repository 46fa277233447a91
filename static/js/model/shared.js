/**
 * A map whose versions share what they have in common: a new version costs the path to one entry, not a copy of all.
 * A hash trie of 32 branches (Bagwell, Ideal Hash Trees, 2001). The order of its entries means nothing.
 *
 * @template V
 * @typedef {{key: string | number, value: V}} Entry
 */

const BITS = 5;
const MASK = (1 << BITS) - 1;
/** Below this depth the hash is used up: its keys are in a list. */
const DEEPEST = Math.ceil(32 / BITS);

/**
 * A place in the trie is free, has one entry, a list of entries with the same hash, or the next 32 places.
 *
 * @template V
 * @typedef {undefined | Entry<V> | Entry<V>[] | Branch<V>} Place
 */

/** @template V */
class Branch {
  /** @param {Place<V>[]} places */
  constructor(places) {
    this.places = places;
  }
}

/**
 * Numbers are their own hash; of texts it is FNV-1a.
 *
 * @param {string | number} key
 * @returns {number}
 */
function hashOf(key) {
  if (typeof key === "number") return key >>> 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * @param {number} hash
 * @param {number} depth
 */
function branchOf(hash, depth) {
  return (hash >>> (depth * BITS)) & MASK;
}

/**
 * @template V
 * @param {Place<V>} place
 * @param {string | number} key
 * @returns {V | undefined}
 */
function found(place, key) {
  let at = place;
  const hash = hashOf(key);
  for (let depth = 0; at instanceof Branch; depth += 1) at = at.places[branchOf(hash, depth)];
  if (Array.isArray(at)) return at.find((entry) => entry.key === key)?.value;
  return at?.key === key ? at.value : undefined;
}

/**
 * @template V
 * @param {Place<V>} place
 * @param {Entry<V>} entry
 * @param {number} depth
 * @returns {Place<V>}
 */
function put(place, entry, depth) {
  if (place === undefined) return entry;
  if (place instanceof Branch) {
    const at = branchOf(hashOf(entry.key), depth);
    const places = place.places.slice();
    places[at] = put(places[at], entry, depth + 1);
    return new Branch(places);
  }
  if (Array.isArray(place)) return [...place.filter(({ key }) => key !== entry.key), entry];
  if (place.key === entry.key) return entry;
  if (depth >= DEEPEST) return [place, entry];
  /** @type {Place<V>} */
  const wider = new Branch(new Array(MASK + 1).fill(undefined));
  return put(put(wider, place, depth), entry, depth);
}

/**
 * @template V
 * @param {Place<V>} place
 * @param {string | number} key which is there
 * @param {number} depth
 * @returns {Place<V>}
 */
function cut(place, key, depth) {
  if (place instanceof Branch) {
    const at = branchOf(hashOf(key), depth);
    const places = place.places.slice();
    places[at] = cut(places[at], key, depth + 1);
    return places.every((item) => item === undefined) ? undefined : new Branch(places);
  }
  return Array.isArray(place) ? place.filter((entry) => entry.key !== key) : undefined;
}

/**
 * @template V
 * @param {Place<V>} place
 * @returns {Generator<Entry<V>>}
 */
function* walk(place) {
  if (place instanceof Branch) for (const item of place.places) yield* walk(item);
  else if (Array.isArray(place)) yield* place;
  else if (place) yield place;
}

/**
 * @template {string | number} K
 * @template V
 */
export class Shared {
  /**
   * @param {Place<V>} [root]
   * @param {number} [size]
   */
  constructor(root = undefined, size = 0) {
    this.root = root;
    this.size = size;
  }

  /**
   * @param {K} key
   * @returns {V | undefined}
   */
  get(key) {
    return found(this.root, key);
  }

  /** @param {K} key */
  has(key) {
    return this.get(key) !== undefined;
  }

  /**
   * @param {K} key
   * @param {V} value not undefined
   * @returns {Shared<K, V>}
   */
  with(key, value) {
    const known = this.get(key);
    if (known === value) return this;
    return new Shared(put(this.root, { key, value }, 0), this.size + (known === undefined ? 1 : 0));
  }

  /**
   * @param {K} key
   * @returns {Shared<K, V>}
   */
  without(key) {
    return this.has(key) ? new Shared(cut(this.root, key, 0), this.size - 1) : this;
  }

  /** @returns {Generator<[K, V]>} */
  *entries() {
    for (const { key, value } of walk(this.root)) yield [/** @type {K} */ (key), value];
  }

  /** @returns {Generator<V>} */
  *values() {
    for (const { value } of walk(this.root)) yield value;
  }
}
