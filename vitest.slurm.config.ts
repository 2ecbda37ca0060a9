import { defineConfig } from "vitest/config";

// One test after the other, in one Slurm: the whole takes about a minute.
export default defineConfig({
  test: { name: "slurm", include: ["test/slurm/**/*.test.ts"], testTimeout: 240_000, hookTimeout: 300_000 },
});
