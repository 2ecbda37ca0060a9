/** The emulator of the examples in a real browser: the same run as in Node. */
import { expect, it } from "vitest";
import { EXPECTED, runEmulator } from "../examples/emulator.ts";

it("runs its program to the null pointer", async () => {
  expect(await runEmulator()).toMatchObject(EXPECTED);
});
