/** Which thread the latest entry was of, for text that names the thread on each line. */
import { addThread } from "../entries";

let isKnown: bool = false;
let pid: u64 = 0;
let tid: u64 = 0;

/** Starts at the beginning of a trace. */
export function resetThread(): void {
  isKnown = false;
}

/** What comes next is of that thread: an entry, unless what came before was. */
export function enterThread(nextPid: u64, nextTid: u64): void {
  if (isKnown && nextPid == pid && nextTid == tid) return;
  isKnown = true;
  pid = nextPid;
  tid = nextTid;
  addThread(pid, tid);
}
