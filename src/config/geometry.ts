/** Reads the notations of sizes and geometries that people write: `64:4`, `1536:12`, `32:full`, `1.5K`. */
import { ConfigError } from "../errors.ts";
import type { Geometry, PscSizes, ResolvedGeometry } from "./types.ts";

/** Entries of one TLB that can be simulated. */
const MAX_ENTRIES = 1 << 24;
/** Divisors that a message tells. */
const MAX_DIVISORS = 24;
/** Entries of one paging-structure cache that can be simulated. */
const MAX_PSC_ENTRIES = 1 << 16;

const SUFFIXES: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** The number that `64`, `1.5K` or `2M` means (K = 1024), or null if the text is no such thing or not a whole number. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (match === null) return null;
  const value = Number(match[1]) * (SUFFIXES[(match[2] ?? "").toUpperCase()] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : null;
}

/** Throws ConfigError unless a TLB can have that many entries; `option` is their path for messages. */
export function checkEntries(entries: number, option: string): void {
  if (Number.isInteger(entries) && entries >= 1 && entries <= MAX_ENTRIES) return;
  throw new ConfigError(option, entries, `a whole number from 1 to ${MAX_ENTRIES}`);
}

/** Checks and completes `geometry`; `option` is its path for messages. Throws ConfigError. */
export function resolveGeometry(geometry: Geometry | string, option: string): ResolvedGeometry {
  const { entries, ways: given } = typeof geometry === "string" ? parseGeometry(geometry, option) : geometry;
  checkEntries(entries, `${option}.entries`);
  const ways = given === "full" ? entries : given;
  if (!Number.isInteger(ways) || ways < 1 || entries % ways !== 0) {
    throw new ConfigError(
      `${option}.ways`,
      given,
      `"full" or a divisor of the ${entries} entries: ${divisors(entries)}`,
    );
  }
  return { entries, ways, sets: entries / ways };
}

/** `ENTRIES` or `ENTRIES:full` (fully associative), or `ENTRIES:WAYS`. */
function parseGeometry(text: string, option: string): Geometry {
  const [entriesText = "", waysText = "full", ...rest] = text.split(":");
  const entries = parseSize(entriesText);
  const ways = waysText === "full" ? waysText : parseSize(waysText);
  if (entries === null || ways === null || rest.length > 0) {
    throw new ConfigError(option, text, "ENTRIES:WAYS, as 64:4, 1536:12 or 32:full");
  }
  return { entries, ways };
}

/** `pde=32,pdpte=4,pml4e=2` over `defaults`; `none` turns all off. Throws ConfigError at `path`. */
export function resolvePsc(given: Partial<PscSizes> | string, defaults: PscSizes, path = "psc"): PscSizes {
  const sizes = { ...defaults, ...(typeof given === "string" ? parsePsc(given, path) : given) };
  for (const [name, entries] of Object.entries(sizes)) {
    if (!Object.hasOwn(defaults, name)) throw new ConfigError(`${path}.${name}`, entries, "pde, pdpte or pml4e");
    if (!Number.isInteger(entries) || entries < 0 || entries > MAX_PSC_ENTRIES) {
      throw new ConfigError(`${path}.${name}`, entries, `a whole number from 0 to ${MAX_PSC_ENTRIES}`);
    }
  }
  return sizes;
}

/** The sizes as they are written: `pde=32,pdpte=4,pml4e=2`. */
export function pscText(sizes: PscSizes): string {
  return Object.entries(sizes)
    .map(([name, entries]) => `${name}=${entries}`)
    .join(",");
}

function parsePsc(text: string, path: string): Partial<PscSizes> {
  if (text === "none") return { pde: 0, pdpte: 0, pml4e: 0 };
  return Object.fromEntries(
    text.split(",").map((part) => {
      const match = /^(\w+)=(.+)$/.exec(part.trim());
      const entries = parseSize(match?.[2] ?? "");
      if (match === null || entries === null) throw new ConfigError(path, text, "pde=32,pdpte=4,pml4e=2, or none");
      return [match[1], entries];
    }),
  );
}

/** The first ones, found from below and above at once: all sizes are tried while they are typed. */
function divisors(entries: number): string {
  const small: number[] = [];
  for (let ways = 1; ways * ways <= entries; ways++) if (entries % ways === 0) small.push(ways);
  const large = small.map((ways) => entries / ways).reverse();
  const all = [...new Set([...small, ...large])];
  return all.length <= MAX_DIVISORS ? all.join(", ") : `${all.slice(0, MAX_DIVISORS).join(", ")}, …`;
}
