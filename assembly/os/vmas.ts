/**
 * The mappings (VMAs) of a process: ranges of 4 KiB pages, sorted, none over another. What they say of a page holds for
 * accesses that fault, and for whoever changes them (process.ts); TLBs and page tables are not touched here.
 */
import { PTE_P, PTE_RW, PTE_US, PTE_XD } from "../paging";
import { VMA_EXEC, VMA_RIGHTS, VMA_WRITE } from "../vma-rights";
import { holdObject, releaseObject } from "./objects";
import { Rows } from "../rows";

export { VMA_RIGHTS, VMA_WRITE };

/** Its pages are nobody's file: they begin as zeros, and may become huge. */
export const VMA_ANONYMOUS: u32 = 8;
/** Children share its pages, instead of copying them when they are written. */
export const VMA_SHARED: u32 = 16;
/** Level of the leaves that first touch makes in it, in these bits; 0: as everywhere. */
export const VMA_LEVEL_SHIFT: u32 = 8;
export const VMA_LEVEL_MASK: u32 = 3;
export const VMA_LEVEL_BITS: u32 = VMA_LEVEL_MASK << VMA_LEVEL_SHIFT;

/** P, U/S and the rights of a leaf in a mapping with `rights` (VMA_ bits). */
export function leafRights(rights: u32): u64 {
  return PTE_P | PTE_US | (rights & VMA_WRITE ? PTE_RW : 0) | (rights & VMA_EXEC ? 0 : PTE_XD);
}

@final
@unmanaged
export class Vma {
  /** First and last 4 KiB page number, of 52 bits as in words. */
  first: u64;
  last: u64;
  /** VMA_ bits. */
  flags: u32;
  /** What the host calls it: an index of its own. */
  name: u32;
  /** If it is VMA_SHARED, what its pages belong to (objects.ts), and the page of that which is its first one. */
  object: u32;
  unused: u32;
  objectPage: u64;

  /** Level of the leaves that first touch makes here; 0: as everywhere. */
  @inline
  get leafLevel(): u32 {
    return (this.flags >> VMA_LEVEL_SHIFT) & VMA_LEVEL_MASK;
  }

  /**
   * Whether `next` goes on where this one ends, so that huge pages may lie in both: Linux has made one of them
   * (vma_merge()), which here would lose a name. Of files, nothing tells which parts they show: those of one name are
   * taken for one.
   */
  continuesIn(next: Vma): bool {
    if (next.first != this.last + 1 || next.flags != this.flags || next.object != this.object) return false;
    if (this.object != 0) return next.objectPage == this.objectPage + (next.first - this.first);
    return (this.flags & VMA_ANONYMOUS) != 0 || next.name == this.name;
  }
}

const FIRST_CAPACITY: u32 = 16;

/** A sorted list of VMAs. */
@final
@unmanaged
export class Vmas extends Rows {
  /** Starts without any. False if there is no memory left. */
  start(): bool {
    return this.startRows(FIRST_CAPACITY, offsetof<Vma>());
  }

  @inline
  at(index: u32): Vma {
    return changetype<Vma>(this.row(index));
  }

  /** The one that `page` is in, or `null`. Valid until the list changes. */
  find(page: u64): Vma | null {
    const index = this.from(page);
    if (index == this.count) return null;
    const vma = this.at(index);
    return vma.first <= page ? vma : null;
  }

  /** Index of the first one that ends at `page` or behind it; the count if there is none. */
  from(page: u64): u32 {
    let low: u32 = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle).last < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes away what lies from `first` to `last`. False if there is no memory left for what remains of one. */
  remove(first: u64, last: u64): bool {
    if (!this.cutAt(first) || !this.cutAt(last + 1)) return false;
    const from = this.from(first);
    let to = from;
    while (to < this.count && this.at(to).first <= last) {
      if (this.at(to).object != 0) releaseObject(this.at(to).object);
      to++;
    }
    this.removeRows(from, to - from);
    return true;
  }

  /** Adds one from `first` to `last`, where nothing may be, and returns it; `null` if there is no memory left. */
  add(first: u64, last: u64, flags: u32, name: u32): Vma | null {
    const at = this.insertRow(this.from(first));
    if (at == 0) return null;
    memory.fill(at, 0, offsetof<Vma>());
    const vma = changetype<Vma>(at);
    vma.first = first;
    vma.last = last;
    vma.flags = flags;
    vma.name = name;
    return vma;
  }

  /** Takes over all of `others`, where there is none yet. False if there is no memory left for that. */
  copy(others: Vmas): bool {
    for (let index: u32 = 0; index < others.count; index++) {
      const at = this.addRow();
      if (at == 0) return false;
      memory.copy(at, others.row(index), offsetof<Vma>());
      if (this.at(index).object != 0) holdObject(this.at(index).object);
    }
    return true;
  }

  /** Gives what lies from `first` to `last` other rights. False if there is no memory left. */
  protect(first: u64, last: u64, rights: u32): bool {
    return this.setFlags(first, last, VMA_RIGHTS, rights);
  }

  /** Has the flags of what lies from `first` to `last` be `flags` where `mask` has bits. False if there is no memory left. */
  setFlags(first: u64, last: u64, mask: u32, flags: u32): bool {
    if (!this.cutAt(first) || !this.cutAt(last + 1)) return false;
    for (let index = this.from(first); index < this.count && this.at(index).first <= last; index++) {
      const vma = this.at(index);
      vma.flags = (vma.flags & ~mask) | (flags & mask);
    }
    return true;
  }

  /** Whether the pages from `first` to `last` are all in one, or in some of which each continues in the next. */
  joins(first: u64, last: u64): bool {
    let index = this.from(first);
    if (index == this.count || this.at(index).first > first) return false;
    for (; this.at(index).last < last; index++) {
      if (index + 1 == this.count || !this.at(index).continuesIn(this.at(index + 1))) return false;
    }
    return true;
  }

  /** Whether any page from `first` to `last` is in one. */
  has(first: u64, last: u64): bool {
    const index = this.from(first);
    return index < this.count && this.at(index).first <= last;
  }

  /** Whether every page from `first` to `last` is in one. */
  cover(first: u64, last: u64): bool {
    let page = first;
    for (let index = this.from(first); index < this.count; index++) {
      const vma = this.at(index);
      if (vma.first > page) return false;
      if (vma.last >= last) return true;
      page = vma.last + 1;
    }
    return false;
  }

  /** Makes two of one that reaches over the beginning of `page`. */
  cutAt(page: u64): bool {
    const index = this.from(page);
    if (index == this.count || this.at(index).first >= page) return true;
    const at = this.insertRow(index + 1);
    if (at == 0) return false;
    const left = this.at(index);
    const right = changetype<Vma>(at);
    memory.copy(at, changetype<usize>(left), offsetof<Vma>());
    if (right.object != 0) holdObject(right.object);
    right.objectPage = left.objectPage + (page - left.first);
    right.first = page;
    left.last = page - 1;
    return true;
  }
}
