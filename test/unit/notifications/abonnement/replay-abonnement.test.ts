import { beforeEach, describe, expect, test } from '@jest/globals'
import { replayAbonnement } from '../../../../node/notifications/abonnement/replay-abonnement.js'
import { callerOf, following, openAbonnementWorld, type AbonnementWorld } from '../../../support/abonnement-world.js'
import { testPersons } from '../../../support/gemeente-register.js'
import { rejectionOf } from '../../../support/refusals.js'

const [bsn, other] = testPersons
const caller = callerOf()

let world: AbonnementWorld

beforeEach(() => {
  world = openAbonnementWorld()
})

describe('a store that comes back from before an end', () => {
  test('has the end again, by what the journal says', async () => {
    const { abonnementID } = await world.desk.create(following(bsn), caller)
    await world.desk.create(following(other), caller)
    await world.desk.end({ abonnementID }, caller)
    await world.desk.create(following(bsn), caller)
    const ends = (await world.node.journal()).filter(({ action }) => action === 'delete')
    expect(ends).toHaveLength(1)
    for (const event of ends) await world.node.store.write(await replayAbonnement(event))
    expect((await world.desk.list({}, caller)).abonnementen).toHaveLength(1)
    expect((await rejectionOf(world.desk.renew({ abonnementID }, caller))).code).toBe('notification.abonnement_refused')
  })

  test('ends nothing because of what was taken, renewed, read or refused', async () => {
    const { abonnementID } = await world.desk.create(following(bsn), caller)
    await world.desk.renew({ abonnementID }, caller)
    await world.desk.list({}, caller)
    await rejectionOf(world.desk.end({ abonnementID }, callerOf('9997')))
    const events = (await world.node.journal()).filter(({ code }) => code === 'abonnement.changed')
    expect(events).toHaveLength(4)
    for (const event of events) expect(await replayAbonnement(event)).toEqual([])
  })
})
