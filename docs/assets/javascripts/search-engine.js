// The search itself: read the index that tools/search_index.py wrote, turn a query into terms, rank sections.
// `tokens` and `stem` mirror the Python functions of the same names; tests/site/test_search.py compares them.

const WORD = /[\p{L}\p{N}]+(?:[-_.'’/+][\p{L}\p{N}]+)*/gu;
const PART = /[-_.'’/+]/;
const CONTRACTED = new Set(["s", "t", "re", "ve", "ll", "d"]);
const LONGEST_QUERY = 300; // characters; an interviewer's question is shorter
const MOST_TERMS = 24;
const MOST_TYPOS = 5; // unknown words of one query that are compared with the whole vocabulary
const TYPO_WEIGHT = [1, 0.7, 0.45]; // by edit distance
const PREFIX_WEIGHT = 0.6;
const ALIAS_WEIGHT = 0.6;
const COVERAGE = 0.4; // share of a score that depends on how many of the words are there

export function stem(word) {
  if (word.length < 4 || !/^\p{L}+$/u.test(word)) return word;
  let found = /^([\p{L}\p{N}]{3,}i)[sz](?:ations?|e[drs]?|ers|ing)$/u.exec(word);
  if (found) return `${found[1]}z`;
  if (word.endsWith("ies") && word.length > 4) word = `${word.slice(0, -3)}y`;
  else if (word.endsWith("s") && !/(?:ss|us|is|as)$/.test(word)) word = word.slice(0, -1);
  found = /^([\p{L}\p{N}]{3,}at)(?:ion|e|ed|ing|or)$/u.exec(word);
  if (found) return found[1];
  found = /^(?:([\p{L}\p{N}]{3,})ing|([\p{L}\p{N}]{4,})ed)$/u.exec(word);
  if (found) word = found[1] ?? found[2];
  else if (word.length > 5 && word.endsWith("er")) word = word.slice(0, -2);
  if (word.length > 3 && word.at(-1) === word.at(-2) && !"aeiosz".includes(word.at(-1))) word = word.slice(0, -1);
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Words without accents, stop words or endings; a compound whole and in parts.
export function tokens(text, stop) {
  const out = [];
  const split = text.replace(/([a-z]{2})([A-Z])/g, "$1_$2"); // LayerNorm is found by `layer norm`, too
  for (const [word] of fold(split).matchAll(WORD)) {
    let parts = word.split(PART);
    if (/['’]/.test(word)) parts = parts.filter((part) => !CONTRACTED.has(part));
    out.push(...parts.filter((part) => !stop.has(part)).map(stem));
    if (parts.length > 1) out.push(parts.join(""));
  }
  return out;
}

export async function load(url, onProgress = () => {}) {
  const response = await fetch(url, { cache: "force-cache" });
  if (!response.ok) throw new Error(`the search index answered ${response.status}`);
  const total = Number(response.headers.get("content-length")) || 0;
  let done = 0;
  const counted = new TransformStream({
    transform(chunk, controller) {
      done += chunk.length;
      if (total) onProgress(done, total);
      controller.enqueue(chunk);
    },
  });
  const stream = response.body.pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
  return decode(await new Response(stream).arrayBuffer());
}

export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const terms = new Map();
  let at = 4 + size;
  let impact = at + head.gaps;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  for (const term of head.terms.split("\n")) {
    const count = varint();
    const numbers = new Uint32Array(count);
    let number = -1;
    for (let i = 0; i < count; i++) numbers[i] = number += varint();
    terms.set(term, { numbers, impacts: bytes.subarray(impact, impact + count) });
    impact += count;
  }
  const sections = head.sections.map(([target, title, page, chapter, level, kind, short]) => (
    { url: target, title, page, chapter, chapterTitle: head.chapters[chapter] ?? "", level, kind, short }));
  const aliases = new Map(Object.entries(head.aliases));
  const byLength = new Map();
  for (const term of terms.keys()) {
    if (term.length < 40) (byLength.get(term.length) ?? byLength.set(term.length, []).get(term.length)).push([term, letters(term)]);
  }
  return { version: head.version, aliases, byLength, popular: head.popular, stop: new Set(head.stop), sections, terms, vocabulary: [...terms.keys()] };
}

// Optimal string alignment distance, or Infinity above `limit`. Words are at most 40 letters long.
const ROWS = [0, 1, 2].map(() => new Uint8Array(64));
export function distance(a, b, limit) {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let [before, last, row] = ROWS;
  for (let j = 0; j <= b.length; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    let best = row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, before[j - 2] + 1);
      row[j] = edits;
      if (edits < best) best = edits;
    }
    if (best > limit) return Infinity;
    [before, last, row] = [last, row, before];
  }
  return last[b.length] <= limit ? last[b.length] : Infinity;
}

// The set of a word's letters as bits. One edit changes at most two of them, so most words need no distance.
function letters(word) {
  let bits = 0;
  for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) & 31);
  return bits;
}

function ones(bits) {
  let count = 0;
  for (let rest = bits; rest; rest &= rest - 1) count += 1;
  return count;
}

// The words of the index nearest to an unknown one: one letter away, or two if it is long.
function nearest(index, term) {
  const limit = term.length < 7 ? 1 : 2;
  const out = new Map();
  const own = letters(term);
  let least = limit;
  for (let length = term.length - limit; length <= term.length + limit; length++) {
    for (const [word, bits] of index.byLength.get(length) ?? []) {
      if (ones(bits ^ own) > 2 * least) continue;
      const edits = distance(term, word, least);
      if (edits > least || (edits > 1 && word[0] !== term[0])) continue;
      if (edits < least) out.clear();
      least = edits;
      out.set(word, TYPO_WEIGHT[edits]);
    }
  }
  return out;
}

// What a word of the query may stand for: itself and words it begins, or, if it is unknown, its nearest words.
function candidates(index, term, growing, mayBeTypo) {
  const out = new Map();
  if (index.terms.has(term)) out.set(term, 1);
  if (growing && term.length > 1) {
    let from = lowerBound(index.vocabulary, term);
    for (let n = 0; n < 30 && index.vocabulary[from]?.startsWith(term); n++, from++) {
      if (!out.has(index.vocabulary[from])) out.set(index.vocabulary[from], PREFIX_WEIGHT);
    }
  }
  if (out.size || index.aliases.has(term) || !mayBeTypo || term.length < 4 || term.length > 30) return out;
  return nearest(index, term);
}

function lowerBound(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
}

// The terms of a query with their weights: its words, then what they also stand for.
function weighted(index, text) {
  let words = [...new Set(tokens(text, index.stop))].filter(Boolean);
  if (!words.length) words = [...new Set(tokens(text, new Set()))].filter(Boolean);
  const out = new Map(words.slice(0, MOST_TERMS).map((word) => [word, 1]));
  for (const word of [...out.keys()]) {
    for (const other of index.aliases.get(word) ?? []) {
      if (!out.has(other) && index.terms.has(other)) out.set(other, ALIAS_WEIGHT);
    }
  }
  return out;
}

// Rank the sections for `text`. Returns { results: [{ section, score }], found, terms }, where terms are those matched.
// `growing`: the last word is still being typed. `keep`: a predicate on sections (the filters).
export function search(index, text, { growing = false, keep = () => true, limit = 20 } = {}) {
  const query = text.slice(0, LONGEST_QUERY);
  const words = weighted(index, query);
  const last = [...words].filter(([, weight]) => weight === 1).at(-1)?.[0];
  const total = index.sections.length;
  const scores = new Float64Array(total);
  const held = new Uint8Array(total); // how many of the typed words a section holds
  const matched = new Set();
  let typos = 0;
  for (const [word, weight] of words) {
    const known = index.terms.has(word);
    const options = candidates(index, word, growing && word === last, typos < MOST_TYPOS);
    if (!known) typos += 1;
    // Of several spellings of a word a section's best counts, at the rarity of the most common of them.
    const commonest = Math.max(0, ...[...options.keys()].map((term) => index.terms.get(term).numbers.length));
    const best = new Map();
    for (const [term, share] of options) {
      const { numbers, impacts } = index.terms.get(term);
      const holding = known ? numbers.length : commonest;
      const idf = Math.log(1 + (total - holding + 0.5) / (holding + 0.5));
      matched.add(term);
      for (let i = 0; i < numbers.length; i++) {
        const gain = weight * share * idf * impacts[i];
        if (gain > (best.get(numbers[i]) ?? 0)) best.set(numbers[i], gain);
      }
    }
    for (const [number, gain] of best) {
      scores[number] += gain;
      if (weight === 1) held[number] += 1;
    }
  }
  // Of two sections with like scores, the one that holds more of the typed words is meant (found on the tuning half).
  const asked = [...words.values()].filter((weight) => weight === 1).length;
  for (let n = 0; n < total; n++) scores[n] *= 1 - COVERAGE + (COVERAGE * held[n]) / asked;
  const results = [];
  for (let n = 0; n < total; n++) {
    if (scores[n] > 0 && keep(index.sections[n])) results.push({ section: index.sections[n], score: scores[n] });
  }
  results.sort((a, b) => b.score - a.score);
  return { results: results.slice(0, limit), found: results.length, terms: matched };
}
