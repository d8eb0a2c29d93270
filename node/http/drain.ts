import { setTimeout } from 'node:timers/promises'
import type { Listener } from './listener.js'

/**
 * Lets go of callers before listeners close: for this long they serve on, while the load balancer learns from
 * `/health/ready` to send nothing more, and every answer ends its connection.
 */
export async function drain(listeners: readonly Pick<Listener, 'drain'>[], seconds: number): Promise<void> {
  if (seconds === 0) return
  for (const listener of listeners) listener.drain()
  await setTimeout(seconds * 1000)
}
