/** Entry of the worker, in a browser and in Node: exposes the jobs, at once, so that no call comes too early. */
import { expose } from "comlink";
import { nodeEndpoint } from "./endpoint.ts";
import { Jobs } from "./jobs.ts";

const parentPort = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.parentPort;
expose(new Jobs(), parentPort ? nodeEndpoint(parentPort) : undefined);
