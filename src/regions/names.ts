/** What regions are called, whether they were recorded or come from a listing. */
import type { Mapping } from "./maps.ts";
import type { Region } from "./region.ts";

export const HEAP = "heap (brk)";
export const STACK = "stack";
export const THREAD_STACK = "thread stack";
export const ANONYMOUS = "mmap anon";

/** What a region is called that shows `file`, of a program at the path `program`. */
export function nameOfFile(file: string, program: string | null): string {
  const plain = file.replace(/ \(deleted\)$/, "");
  const name = plain.slice(plain.lastIndexOf("/") + 1);
  if (file === program) return `exe ${name}`;
  if (/^ld(-linux|-musl|64)?[-.\w]*\.so/.test(name) && !name.endsWith(".cache")) return "ld.so";
  if (name.startsWith("vgpreload_")) return "valgrind preload";
  return /\.so(\.\d+)*$/.test(name) ? `lib ${name}` : `file ${name}`;
}

/** The path of the program among `mappings`, in the order of their addresses: for a script, of what it is run by. */
export function programIn(mappings: readonly Mapping[]): string | null {
  // It is mapped below everything else that is executed.
  const files = mappings.filter((mapping) => fileOf(mapping) !== null);
  const lowest = files.find(({ permissions }) => permissions.endsWith("x")) ?? files[0];
  return lowest?.name ?? null;
}

/**
 * Name and file of each of `mappings`, which are in the order of their addresses. What is of nothing is called
 * `anonymous`; but right behind a file it is that file's zeroed data (.bss), which is as far as a listing tells.
 */
export function identified(mappings: readonly Mapping[], anonymous: string): Pick<Region, "name" | "file">[] {
  const program = programIn(mappings);
  return mappings.map((mapping, index) => {
    const file = fileOf(mapping);
    if (file !== null) return { name: nameOfFile(file, program), file };
    if (mapping.name !== "") return { name: nameOfMark(mapping.name), file };
    const before = mappings[index - 1];
    const fileBefore = before?.end === mapping.start ? fileOf(before) : null;
    return { name: fileBefore === null ? anonymous : nameOfFile(fileBefore, program), file };
  });
}

/** Marks of Linux are in brackets: `[vdso]`. */
function fileOf({ name }: Mapping): string | null {
  return name === "" || name.startsWith("[") ? null : name;
}

function nameOfMark(mark: string): string {
  if (mark === "[heap]") return HEAP;
  if (mark === "[stack]") return STACK;
  return mark.startsWith("[stack:") ? THREAD_STACK : mark;
}

/** The different names of regions, in the order in which they came: what is counted by region is counted by name. */
export class RegionNames {
  /** By index. */
  readonly names: readonly string[];
  readonly #indexes = new Map<string, number>();

  constructor(regions: Iterable<Pick<Region, "name">>) {
    for (const { name } of regions) if (!this.#indexes.has(name)) this.#indexes.set(name, this.#indexes.size);
    this.names = [...this.#indexes.keys()];
  }

  /** Throws RangeError if no region is called `name`. */
  indexOf(name: string): number {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new RangeError(`no region is called ${name}`);
    return index;
  }
}
