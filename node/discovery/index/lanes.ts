/** Work at many hosts, side by side within bounds: a host that is slow holds up its own work and no other. */
export interface Lanes {
  /**
   * Runs `work` when there is a place for it. Hosts take turns. Work of `doubtful` hosts never takes all places.
   * @throws what `work` throws
   */
  run<T>(host: string, options: { readonly doubtful: boolean }, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly doubtful: boolean
  readonly start: () => Promise<void>
}

export function createLanes(limits: {
  readonly total: number
  readonly perHost: number
  readonly doubtful: number
}): Lanes {
  /** In the order of whose turn it is. */
  const waiting = new Map<string, Waiting[]>()
  const running = new Map<string, number>()
  let total = 0
  let doubtfulRunning = 0

  function next(): void {
    for (const [host, queue] of waiting) {
      if (total >= limits.total) return
      if ((running.get(host) ?? 0) >= limits.perHost) continue
      const place = queue.findIndex(({ doubtful }) => !doubtful || doubtfulRunning < limits.doubtful)
      const [work] = place < 0 ? [] : queue.splice(place, 1)
      if (work === undefined) continue
      waiting.delete(host)
      if (queue.length > 0) waiting.set(host, queue)
      void start(host, work)
    }
  }

  async function start(host: string, { doubtful, start: begin }: Waiting): Promise<void> {
    total += 1
    if (doubtful) doubtfulRunning += 1
    running.set(host, (running.get(host) ?? 0) + 1)
    await begin()
    total -= 1
    if (doubtful) doubtfulRunning -= 1
    const left = (running.get(host) ?? 1) - 1
    if (left > 0) running.set(host, left)
    else running.delete(host)
    next()
  }

  return {
    run: (host, { doubtful }, work) =>
      new Promise((resolve, reject) => {
        const queue = waiting.get(host) ?? []
        queue.push({ doubtful, start: () => work().then(resolve, reject) })
        waiting.set(host, queue)
        next()
      }),
  }
}
