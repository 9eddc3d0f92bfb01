/**
 * One exchange at a time for each client connection, as if nobody pipelined.
 *
 * Node hands over every request that it has read, and each of them would take a connection to an endpoint while its answer
 * waits for those before it. So a request waits for its turn instead, with its body unread. Node gives a response its connection
 * when that turn has come, which costs nothing where nobody waits.
 *
 * A read can bring thousands of requests before reading can be stopped, so a connection with too many is cut: a client that
 * pipelines has to reckon with that.
 *
 * Source: RFC 9112, section 9.3.2 "Pipelining"; Node.js, "HTTP", `response.socket`.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sendProblem } from '@feedfleet/host';
import type { RawHandler } from '@feedfleet/host';

/** Most requests that wait behind the one under way; one more, and the connection is cut. */
const MAX_WAITING = 16;

/** The time for which a request waited is not taken from its deadline. */
export function inTurn(handler: RawHandler): RawHandler {
  const queues = new WeakMap<Socket, Set<ServerResponse>>();
  return (request, response, context) => {
    if (response.socket !== null) {
      handler(request, response, context);
      return;
    }
    const { socket } = request;
    const queue = queues.get(socket) ?? queueOf(socket);
    queues.set(socket, queue);
    queue.add(response);
    if (queue.size > MAX_WAITING) socket.destroy();
    const start = (): void => {
      if (response.socket?.writable !== true) return;
      context.progress();
      try {
        handler(request, response, context);
      } catch (error) {
        sendProblem(response, error, context);
      }
    };
    response.once('socket', () => {
      queue.delete(response);
      // The response before it closes first.
      process.nextTick(start);
    });
  };
}

/** Node tells only the response under way that its connection is gone; those that wait learn of it here. */
function queueOf(socket: Socket): Set<ServerResponse> {
  const queue = new Set<ServerResponse>();
  socket.once('close', () => {
    for (const response of queue) {
      response.destroy();
      response.emit('close');
    }
    queue.clear();
  });
  return queue;
}
