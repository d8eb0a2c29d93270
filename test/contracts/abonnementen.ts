import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../node/audit/audit.js'
import { NodeError } from '../../node/kernel/errors.js'
import { createAbonnementDesk } from '../../node/notifications/abonnement/abonnement-desk.js'
import { createAbonnementNames } from '../../node/notifications/abonnement/abonnement-records.js'
import { loadAbonnementRules } from '../../node/notifications/abonnement/abonnement-rules.js'
import { createMatchAbonnementen } from '../../node/notifications/abonnement/match-abonnementen.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import { callerOf, event, following } from '../support/abonnement-world.js'
import { testPersons } from '../support/gemeente-register.js'
import { rejectionOf } from '../support/refusals.js'
import { useStore, type Backend } from './backend.js'

const rules = loadAbonnementRules(loadEventTypes())
const names = createAbonnementNames(Buffer.alloc(32, 7))
const [bsn, other] = testPersons
const caller = { ...callerOf(), party: 'ciz' }

/** What abonnementen promise, whatever the store. The ground of their rules begins on 1 November 2026. */
export function abonnementenContract(backend: Backend): void {
  describe(`abonnementen on ${backend.name}`, () => {
    const context = useStore(backend)

    function open(maxPerAbonnee = 100) {
      const { store, clock } = context
      clock.move((Date.parse('2026-11-24T09:00:00Z') - clock.now()) / 1000)
      const node = { name: 'test', version: '0' }
      const audit = createAudit({ store, clock, node, pseudonymKey: Buffer.alloc(32) })
      const desk = createAbonnementDesk({ store, clock, audit, names, rules, maxPerAbonnee: () => maxPerAbonnee })
      return { desk, match: createMatchAbonnementen({ store, clock, names, rules }) }
    }

    test('find everybody who follows a person, and nobody who follows another', async () => {
      const { desk, match } = open()
      const ids = ['9998', '9997', '9996']
      for (const id of ids) await desk.create(following(bsn, { abonneeID: id }), callerOf(id))
      await desk.create(following(other), caller)
      const found = await match({ party: 'ciz', eventType: event, bsn })
      expect(found.map(({ receiver }) => receiver.id).sort()).toEqual([...ids].sort())
    })

    test('are each one, and within their number, however many ask at the same moment', async () => {
      const { desk } = open(2)
      const asked = testPersons.flatMap((person) => [1, 2, 3].map(() => desk.create(following(person), caller)))
      const outcomes = await Promise.allSettled(asked)
      const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [NodeError.codeOf(each.reason)] : []))
      expect([...new Set(refused)]).toEqual(['notification.abonnement_quota'])
      expect((await desk.list({}, caller)).abonnementen).toHaveLength(2)
    })

    test('are there after a restart, and gone after their end', async () => {
      const before = open()
      const { abonnementID } = await before.desk.create(following(bsn, { geldigTot: '2026-11-25T09:00:00Z' }), caller)
      if (backend.survivesRestart) await context.reopen()
      const after = open()
      expect(await after.match({ party: 'ciz', eventType: event, bsn })).toMatchObject([{ abonnementID }])
      context.clock.move(86_401)
      expect(await after.match({ party: 'ciz', eventType: event, bsn })).toEqual([])
      expect((await rejectionOf(after.desk.renew({ abonnementID }, caller))).code).toBe(
        'notification.abonnement_refused',
      )
    })

    test('are read page by page, each once', async () => {
      const { desk } = open()
      for (const person of testPersons) await desk.create(following(person), caller)
      const seen: string[] = []
      let na: string | null = null
      do {
        const page: Awaited<ReturnType<typeof desk.list>> = await desk.list({ eerste: 1, na }, caller)
        seen.push(...page.abonnementen.map(({ abonnementID }) => abonnementID))
        na = page.volgende
      } while (na !== null)
      expect([seen.length, new Set(seen).size]).toEqual([3, 3])
    })
  })
}
