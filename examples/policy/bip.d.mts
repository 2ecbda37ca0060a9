import type { ReplacementPolicy } from "pagewalk";

export default class Bip implements ReplacementPolicy {
  configure(sets: number, ways: number): void;
  touch(set: number, way: number): void;
  fill(set: number, way: number, page: number): void;
  victim(set: number): number;
}
