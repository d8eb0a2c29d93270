import { createMemoryBytes } from '../../../node/stores/memory.js'
import type { BytesPlace, Change, OrderedBytes } from '../../../node/stores/ordered-bytes.js'

/**
 * A medium that fails as a disk under LevelDB does: a handle on which one write failed fails every later write, and only
 * opening again helps, once the disk has recovered.
 */
export interface FaultyMedium {
  readonly place: BytesPlace
  readonly bytes: OrderedBytes
  /** What the next write does; a write that fails `after` has stored its changes all the same. */
  fault: 'none' | 'before' | 'after'
  /** False when the disk is nearly full. */
  hasRoom: boolean
  /** How many of the next attempts to probe and to open fail. */
  failingProbes: number
  failingOpens: number
  /** Makes writes wait from now on; the returned function lets them go. */
  hold(): () => void
  /** Changes what is stored behind the back of the store. */
  change(change: Change): Promise<void>
  /** What happened, in order: `apply <number of changes>`, `open`, `close`, `probe`. */
  readonly events: readonly string[]
}

export function createFaultyMedium(): FaultyMedium {
  const memory = createMemoryBytes()
  const events: string[] = []
  let held: Promise<void> = Promise.resolve()

  function openHandle(): OrderedBytes {
    let broken = false
    let closed = false
    const requireUsable = () => {
      if (closed) throw failure('closed')
    }
    return {
      getSync(key) {
        requireUsable()
        return memory.bytes.getSync(key)
      },
      scan(range) {
        requireUsable()
        return memory.bytes.scan(range)
      },
      snapshot() {
        requireUsable()
        return memory.bytes.snapshot()
      },
      async apply(changes: readonly Change[]) {
        requireUsable()
        events.push(`apply ${changes.length}`)
        await held
        if (broken) throw failure('sticky')
        broken = medium.fault !== 'none'
        if (medium.fault !== 'before') await memory.bytes.apply(changes)
        if (broken) throw failure('disk')
      },
      async close() {
        events.push('close')
        closed = true
      },
    }
  }

  const medium: FaultyMedium = {
    fault: 'none',
    hasRoom: true,
    failingProbes: 0,
    failingOpens: 0,
    events,
    bytes: openHandle(),
    change: (change) => memory.bytes.apply([change]),
    hold() {
      let release = () => {}
      held = new Promise((resolve) => (release = resolve))
      return release
    },
    place: {
      async open() {
        events.push('open')
        if (medium.failingOpens-- > 0) throw failure('opening')
        medium.failingOpens = 0
        return openHandle()
      },
      hasRoom: async () => medium.hasRoom,
      async probe() {
        events.push('probe')
        if (medium.failingProbes-- > 0) throw failure('probing')
        medium.failingProbes = 0
      },
    },
  }
  return medium
}

function failure(code: string): Error {
  return Object.assign(new Error('the medium failed'), { code })
}
