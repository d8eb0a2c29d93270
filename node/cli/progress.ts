import type { Clock } from '../kernel/clock.js'
import type { Terminal } from './command.js'

const betweenMilliseconds = 500

/** Says how far a long command is, at most twice a second: a percentage when the total is known. */
export function createProgress(deps: {
  readonly terminal: Terminal
  readonly clock: Clock
  /** Such as `copied`. */
  readonly verb: string
  readonly total?: number
}): (done: number) => void {
  const { terminal, clock, verb, total } = deps
  let saidAt = -Infinity
  return (done) => {
    const now = clock.now()
    if (now - saidAt < betweenMilliseconds && done !== total) return
    saidAt = now
    const share = total === undefined || total === 0 ? '' : ` of ${total} (${Math.floor((100 * done) / total)} %)`
    terminal.note(`${verb} ${done}${share}`)
  }
}
