/**
 * An array of guest-physical mappings. They belong to the guest, not to one of its processes, so that nothing that a guest does invalidates
 * them, and no PCID is in their keys. SDM Vol. 3C, "Caching Translation Information" (of "VMX Support for Address Translation").
 */
import { TlbArray } from "../hierarchy/array";
import { KEY_TABLE, keyOf } from "../processor/keys";

@final
@unmanaged
export class GuestPhysicalArray extends TlbArray {
  /** The entry for the page of `level` that holds `gpa`, or NOT_FOUND. */
  @inline
  findMapping(gpa: u64, level: u32): i32 {
    return this.find(keyOf(gpa, level, 0), 0);
  }

  /** The entry for what the host's entry of `level` for `gpa` points to, or NOT_FOUND. */
  @inline
  findHostTable(gpa: u64, level: u32): i32 {
    return this.find(keyOf(gpa, level, 0) | KEY_TABLE, 0);
  }

  /** Puts `translation` here, as one of the page of `level` that holds `gpa`, which is not here yet. */
  putMapping(gpa: u64, level: u32, translation: u64): void {
    this.putPage(gpa, 0, level, translation, 0);
  }

  /** Puts the address of the table to which the host's entry of `level` for `gpa` points here, if it is not here yet. */
  putHostTable(gpa: u64, level: u32, table: u64): void {
    const key = keyOf(gpa, level, 0) | KEY_TABLE;
    if (this.find(key, 0) < 0) this.put(key, this.setFor(gpa, level), table, 0);
  }
}
