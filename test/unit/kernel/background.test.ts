import { describe, expect, jest, test } from '@jest/globals'
import { createBackground } from '../../../node/kernel/background.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createLog, silentLog } from '../../../node/kernel/log.js'

const hour = 3_600_000

/** A promise that is settled from outside. */
function createGate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

describe('background', () => {
  test('a job runs again and again', async () => {
    const background = createBackground({ log: silentLog })
    const thrice = createGate()
    let runs = 0
    background.every({
      job: 'sweep',
      intervalMilliseconds: 1,
      run: async () => {
        runs += 1
        if (runs === 3) thrice.open()
      },
    })
    await keepAlive(thrice.passed)
    await background.stop()
    expect(runs).toBeGreaterThanOrEqual(3)
  })

  test('a job that asks for it starts at once, and another waits', async () => {
    const background = createBackground({ log: silentLog })
    const started: string[] = []
    background.every({ job: 'later', intervalMilliseconds: hour, run: async () => void started.push('later') })
    background.every({
      job: 'now',
      intervalMilliseconds: hour,
      run: async () => void started.push('now'),
      atOnce: true,
    })
    await background.stop()
    expect(started).toEqual(['now'])
  })

  test('runNow waits for the run under way and then runs once more for all who asked', async () => {
    const background = createBackground({ log: silentLog })
    const first = createGate()
    let runs = 0
    let atTheSameTime = 0
    let most = 0
    background.every({
      job: 'refresh',
      intervalMilliseconds: hour,
      atOnce: true,
      run: async () => {
        runs += 1
        atTheSameTime += 1
        most = Math.max(most, atTheSameTime)
        if (runs === 1) await first.passed
        await Promise.resolve()
        atTheSameTime -= 1
      },
    })
    const asked = [background.runNow('refresh'), background.runNow('refresh'), background.runNow('refresh')]
    expect(runs).toBe(1)
    first.open()
    await Promise.all(asked)
    await background.stop()
    expect({ runs, most }).toEqual({ runs: 2, most: 1 })
  })

  test('one run at a time, however the asking falls between two runs', async () => {
    const background = createBackground({ log: silentLog })
    let atTheSameTime = 0
    let most = 0
    background.every({
      job: 'refresh',
      intervalMilliseconds: 1,
      atOnce: true,
      run: async () => {
        atTheSameTime += 1
        most = Math.max(most, atTheSameTime)
        await Promise.resolve()
        await Promise.resolve()
        atTheSameTime -= 1
      },
    })
    const askTenTimes = async (): Promise<void> => {
      for (let times = 0; times < 10; times += 1) await background.runNow('refresh')
    }
    await Promise.all([askTenTimes(), askTenTimes(), Promise.resolve().then(askTenTimes)])
    await background.stop()
    expect(most).toBe(1)
  })

  test('a failure is given to who asked, counted in the log, and the job goes on', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } })
    const background = createBackground({ log })
    let fails = true
    background.every({
      job: 'deliver',
      intervalMilliseconds: hour,
      run: async () => {
        if (fails) throw new NodeError('outbound.failed', { detail: 'peer.nl' })
      },
    })
    await expect(background.runNow('deliver')).rejects.toMatchObject({ code: 'outbound.failed' })
    await expect(background.runNow('deliver')).rejects.toMatchObject({ code: 'outbound.failed' })
    fails = false
    await background.runNow('deliver')
    fails = true
    await expect(background.runNow('deliver')).rejects.toMatchObject({ code: 'outbound.failed' })
    await background.stop()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { job: 'deliver', count: 1, code: 'outbound.failed', detail: 'peer.nl' },
      { job: 'deliver', count: 2 },
      { job: 'deliver', count: 1 },
    ])
  })

  test('the wait doubles with each failure up to ten intervals and is one interval again after a success', async () => {
    jest.useFakeTimers()
    try {
      const background = createBackground({ log: silentLog })
      const runs: number[] = []
      let fails = true
      background.every({
        job: 'deliver',
        intervalMilliseconds: 100,
        run: async () => {
          runs.push(systemClock.now() - began)
          if (fails) throw new NodeError('outbound.failed')
        },
      })
      const began = systemClock.now()
      await jest.advanceTimersByTimeAsync(3600)
      fails = false
      await jest.advanceTimersByTimeAsync(1100)
      await background.stop()
      expect(runs).toEqual([100, 300, 700, 1500, 2500, 3500, 4500, 4600, 4700])
    } finally {
      jest.useRealTimers()
    }
  })

  test('a job that throws before its first await can run again', async () => {
    const background = createBackground({ log: silentLog })
    let runs = 0
    background.every({
      job: 'broken',
      intervalMilliseconds: hour,
      run: () => {
        runs += 1
        throw new NodeError('internal.fault')
      },
    })
    await expect(background.runNow('broken')).rejects.toMatchObject({ code: 'internal.fault' })
    await expect(background.runNow('broken')).rejects.toMatchObject({ code: 'internal.fault' })
    await background.stop()
    expect(runs).toBe(2)
  })

  test('the log does not hold the message of an error that is not ours, and does say where it came from', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } })
    const background = createBackground({ log })
    background.every({
      job: 'parse',
      intervalMilliseconds: hour,
      run: async () => {
        throw new Error('cannot read\nclient 123456782')
      },
    })
    await expect(background.runNow('parse')).rejects.toThrow()
    await background.stop()
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('123456782')
    expect(lines[0]).toContain('background.test')
  })

  test('stop signals the run under way and waits for its end', async () => {
    const background = createBackground({ log: silentLog })
    const events: string[] = []
    background.every({
      job: 'long',
      intervalMilliseconds: hour,
      atOnce: true,
      run: async (signal) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        events.push('signalled')
        await Promise.resolve()
        events.push('ended')
      },
    })
    await background.stop()
    expect(events).toEqual(['signalled', 'ended'])
  })

  test('a run that fails because it was stopped is not logged', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } })
    const background = createBackground({ log })
    background.every({
      job: 'long',
      intervalMilliseconds: hour,
      atOnce: true,
      run: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    })
    await background.stop()
    expect(lines).toEqual([])
  })

  test('nothing starts after stop', async () => {
    const background = createBackground({ log: silentLog })
    background.every({ job: 'sweep', intervalMilliseconds: hour, run: async () => undefined })
    await background.stop()
    await expect(background.runNow('sweep')).rejects.toMatchObject({ code: 'internal.stopping' })
    expect(() => background.every({ job: 'other', intervalMilliseconds: 1, run: async () => undefined })).toThrow(
      expect.objectContaining({ code: 'internal.stopping' }),
    )
  })

  test('who waits for a next run hears that there will be none', async () => {
    const background = createBackground({ log: silentLog })
    const gate = createGate()
    let runs = 0
    background.every({
      job: 'long',
      intervalMilliseconds: hour,
      atOnce: true,
      run: async () => {
        runs += 1
        await gate.passed
      },
    })
    const asked = background.runNow('long')
    const refusal = expect(asked).rejects.toMatchObject({ code: 'internal.stopping' })
    const stopped = background.stop()
    gate.open()
    await Promise.all([refusal, stopped])
    expect(runs).toBe(1)
  })

  test('a name is taken once, and an unknown name is a fault', async () => {
    const background = createBackground({ log: silentLog })
    const job = { job: 'sweep', intervalMilliseconds: hour, run: async () => undefined }
    background.every(job)
    expect(() => background.every(job)).toThrow(expect.objectContaining({ code: 'internal.fault' }))
    await expect(background.runNow('swep')).rejects.toMatchObject({ code: 'internal.fault' })
    await background.stop()
  })

  test('a waiting job does not keep the process alive', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const background = createBackground({ log: silentLog })
    const before = countTimers()
    const held = setTimeout(() => undefined, hour)
    expect(countTimers()).toBe(before + 1)
    background.every({ job: 'sweep', intervalMilliseconds: hour, run: async () => undefined })
    expect(countTimers()).toBe(before + 1)
    clearTimeout(held)
    await background.stop()
  })
})

/** Waits for something that only unref'd timers bring about. */
async function keepAlive(until: Promise<void>): Promise<void> {
  const timer = setInterval(() => undefined, hour)
  await until
  clearInterval(timer)
}
