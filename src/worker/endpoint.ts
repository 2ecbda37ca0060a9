/** Node's worker threads and ports with the interface of the browser's, which is what comlink speaks. */
import type { Endpoint } from "comlink";

/** What worker_threads' Worker and MessagePort have in common here. */
export interface NodePort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(event: "message", listener: (data: unknown) => void): unknown;
  off(event: "message", listener: (data: unknown) => void): unknown;
}

/** An endpoint over `port`. comlink listens to messages only, with functions or with objects that handle events. */
export function nodeEndpoint(port: NodePort): Endpoint {
  const listeners = new Map<EventListenerOrEventListenerObject, (data: unknown) => void>();
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    addEventListener: (_type, listener) => {
      const onMessage = (data: unknown) => {
        const event = { data } as MessageEvent;
        if (typeof listener === "function") listener(event);
        else listener.handleEvent(event);
      };
      listeners.set(listener, onMessage);
      port.on("message", onMessage);
    },
    removeEventListener: (_type, listener) => {
      const onMessage = listeners.get(listener);
      if (onMessage !== undefined) port.off("message", onMessage);
      listeners.delete(listener);
    },
  };
}
