import type { Server } from 'node:net'
import { networkOf } from './caller-network.js'

/**
 * Breaks off a new connection when there are as many as there may be, in all or of its address (of IPv6 its
 * network, because everybody has many addresses in one); with and without TLS count
 * together.
 */
export function createConnectionCap(caps: {
  readonly connectionCount: number
  /** Of one remote address. */
  readonly connectionsPerAddress: number
}): (server: Server) => void {
  const { connectionCount, connectionsPerAddress } = caps
  const byAddress = new Map<string, number>()
  let total = 0
  return (server) => {
    server.on('connection', (socket) => {
      const address = networkOf(socket.remoteAddress ?? '')
      const count = byAddress.get(address) ?? 0
      if (count >= connectionsPerAddress || total >= connectionCount) {
        socket.destroy()
        return
      }
      total += 1
      byAddress.set(address, count + 1)
      socket.once('close', () => {
        total -= 1
        const left = (byAddress.get(address) ?? 1) - 1
        if (left > 0) byAddress.set(address, left)
        else byAddress.delete(address)
      })
    })
  }
}
