import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Breaks a connection off when nothing went in or out of it for so long: who asks for an answer and does not read it would
 * keep the connection for good. An answer that is still being made is waited for.
 */
export function breakOffStalled(
  server: Server,
  { running, milliseconds }: { readonly running: ReadonlySet<ServerResponse>; readonly milliseconds: number },
): void {
  server.timeout = milliseconds
  server.on('timeout', (socket: Socket) => {
    const isAnswering = [...running].some((response) => response.socket === socket)
    if (!isAnswering || socket.writableLength > 0) socket.destroy()
  })
}
