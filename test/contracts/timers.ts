import { describe, expect, test } from '@jest/globals'
import { recordId, testPersons } from '../support/gemeente-register.js'
import { moment } from '../support/node-parts.js'
import { openTimerWorld, type TimerWorld } from '../support/timer-world.js'
import { useStore, type Backend } from './backend.js'

const [person] = testPersons

/** What timers promise, whatever the store. */
export function timersContract(backend: Backend): void {
  describe(`timers on ${backend.name}`, () => {
    const context = useStore(backend)

    function open(): Promise<TimerWorld> {
      const { store, clock } = context
      if (clock.now() < moment) clock.move((moment - clock.now()) / 1000)
      return openTimerWorld({ store, clock })
    }

    test('tell of each day once, also by two processes and after a restart', async () => {
      const world = await open()
      await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
      for (let number = 2; number <= 60; number += 1)
        await world.addToewijzing({ number, of: 1, until: number <= 55 ? '2027-01-01' : '2027-03-01' })
      const looks = [world.start(), world.start()]
      for (let turn = 0; turn < 3; turn += 1) await Promise.all(looks.map((look) => look()))
      const told = await world.takeTold()
      expect([told.length, new Set(told).size]).toEqual([55, 55])
      expect(told.join()).toContain(recordId('c', 1))

      if (backend.survivesRestart) await context.reopen()
      const again = await open()
      await again.look()
      expect(await again.takeTold()).toEqual([])
      again.moveDays(10)
      await again.look()
      expect(await again.takeTold()).toHaveLength(5)
    })
  })
}
