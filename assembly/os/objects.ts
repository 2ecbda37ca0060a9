/**
 * Memory that processes share: what a mapping that is VMA_SHARED maps. Its pages are in page tables of its own, which no
 * processor uses; an entry there says where a page is for all processes, whose own entries are only made when they touch
 * it, and go when it is evicted.
 */
import { make } from "../arena";
import { clearPages } from "./mapping";
import { takeTable } from "./physical";
import { Process } from "./process";
import { Rows } from "../rows";

@final
@unmanaged
class SharedObject {
  /** Its pages; nobody runs it. */
  pages: Process;
  /** Mappings of it; 0: it is free. */
  mappings: u32;
  /** Of a free one: the number of the next. */
  next: u32;
}

/** SharedObject each, from number 1 on. */
const objects = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
/** Number of the first free one; 0: none. */
let free: u32 = 0;

/** There are none. False if there is no memory left. */
export function startObjects(): bool {
  free = 0;
  return objects.startRows(4, offsetof<SharedObject>());
}

/** Number of a new one without pages, of which there is one mapping; 0 if there is no memory left. */
export function makeObject(): u32 {
  let number = free;
  if (number != 0) free = at(number).next;
  else {
    const pages = make<Process>();
    if (pages == null) return 0;
    pages.pml4 = takeTable();
    if (pages.pml4 == 0 || objects.addRow() == 0) return 0;
    number = objects.count;
    at(number).pages = pages;
  }
  at(number).mappings = 1;
  return number;
}

/** The pages of object `number`. */
export function pagesOfObject(number: u32): Process {
  return at(number).pages;
}

/** Notes one more mapping of object `number`. */
export function holdObject(number: u32): void {
  at(number).mappings++;
}

/** Notes one less. The last one takes the pages with it; those that are still in tables of processes stay until they go there. */
export function releaseObject(number: u32): void {
  const object = at(number);
  object.mappings--;
  if (object.mappings != 0) return;
  clearPages(object.pages, 0, LAST_OBJECT_PAGE);
  object.next = free;
  free = number;
}

/** No mapping is longer than the lower half of addresses. */
const LAST_OBJECT_PAGE: u64 = (1 << 35) - 1;

function at(number: u32): SharedObject {
  return changetype<SharedObject>(objects.row(number - 1));
}
