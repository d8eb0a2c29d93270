import type { z } from 'zod'
import { ownAbonnementPageSchema } from '../../../schemas/wire/abonnement.js'
import { outboxReceiversSchema } from '../../../schemas/wire/outbox.js'
import { overviewSchema } from '../../../schemas/wire/overview.js'
import type { Member } from '../world.js'
import { makeCase } from './case.js'
import { endDoubleContribution } from './contribution.js'
import { watchInbox } from './inbox.js'
import {
  ask,
  bemiddelingScope,
  indicatieById,
  indicatieOfCak,
  indicatieOfZorgkantoor,
  indicatieScope,
  recordsIn,
  sourceOf,
  specificatieOfAanbieder,
  stoornisById,
} from './questions.js'
import { inboxOf, tellKnowledge, timed, until, write, type Scene, type Stage } from './scene.js'
import { tellTraces } from './traces.js'

const downSeconds = 600
const people = [
  'gemeente-noord',
  'ciz',
  'zorgkantoor-noord',
  'zorgaanbieder',
  'cak',
  'gemeente-zuid',
  'zorgkantoor-zuid',
] as const

/**
 * From Wmo to Wlz: a gemeente supports somebody, CIZ decides that this person has a right to long-term care, and everybody
 * whom it concerns hears of it and asks the source for what its task allows.
 */
export async function playWmoWlz(stage: Stage): Promise<void> {
  const { world, tell, clock } = stage
  const played = makeCase(new Date(clock.now()).toISOString().slice(0, 10), {
    gemeentecode: world.member('gemeente-noord').organization.id,
    uzovi: world.member('zorgkantoor-noord').organization.id,
    agb: world.member('zorgaanbieder').organization.id,
  })
  const watched = await Promise.all(people.map((name) => watchInbox(world.member(name))))
  const scene: Scene = {
    ...stage,
    case: played,
    inboxes: new Map(watched.map((inbox) => [inbox.member.name, inbox])),
  }
  const journalStarts = new Map(
    await Promise.all(
      world.members.map(async ({ name, administrator }) => [name, (await administrator.journal(0)).length] as const),
    ),
  )
  await beginWithWmo(scene)
  await registerIndicatie(scene)
  await flagGap(scene)
  await lookAtOverview(scene)
  await arrangeCare(scene)
  await informCak(scene)
  await endDoubleContribution(scene)
  await keepOthersOut(scene)
  await loseAHop(scene)
  await tellTraces(scene, journalStarts)
  tell.fact('The clock of all nodes is ten minutes ahead now; a new start sets it right.')
}

async function beginWithWmo(scene: Scene): Promise<void> {
  const { world, tell, case: played } = scene
  const gemeente = world.member('gemeente-noord')
  tell.step('Gemeente Noordstad has a client with support under the Wmo.')
  await write(gemeente, 'toewijzingsregister', played.wmo)
  tell.fact(`It is delivered by Zorgaanbieder De Proeftuin, and ends on ${played.wmoEnds}.`)
  await write(world.member('cak'), 'eigenbijdrageregister', played.wmoContribution(null))
  tell.fact('CAK charges the eigen bijdrage for it, until the gemeente has that stopped.')
  tellKnowledge(scene, 'Before anything happens', {
    'gemeente-noord': `its own toewijzing, until ${played.wmoEnds}`,
    ciz: 'nothing yet',
    'zorgkantoor-noord': 'nothing',
    zorgaanbieder: 'that it delivers under the Wmo',
    cak: 'that this person pays for support of Noordstad',
  })
  tell.step('Its node follows this client at CIZ, because it has an active case, and only as long as it has one.')
  const clientID = played.wmo[0]?.record['clientID']
  const active = await until(() => findActive(gemeente, ({ zaak }) => zaak?.clientID === clientID))
  tell.expect(
    active !== undefined,
    `an abonnement on ${active?.eventType ?? 'nothing'} at CIZ, until ${active?.geldigTot ?? 'never'}`,
  )
  tell.fact('CIZ keeps a pseudonym of the person and not the BSN; it said the same as about a person it does not know.')
  const every = await until(() => findActive(world.member('cak'), () => true))
  tell.expect(every !== undefined, 'CAK asked to be told of every new indicatie')
}

type OwnAbonnement = z.output<typeof ownAbonnementPageSchema>['abonnementen'][number]

async function findActive(
  { name, administrator }: Member,
  isMeant: (abonnement: OwnAbonnement) => boolean,
): Promise<OwnAbonnement | undefined> {
  const path = `/internal/bronnet/v1/abonnementen/${name}?limit=500`
  const { abonnementen } = ownAbonnementPageSchema.parse(await administrator.call('GET', path))
  return abonnementen.find((abonnement) => abonnement.state === 'active' && isMeant(abonnement))
}

async function registerIndicatie(scene: Scene): Promise<void> {
  const { world, tell, clock, case: played } = scene
  tell.step('CIZ registers a Wlz-indicatie for this person.')
  const since = clock.now()
  await write(world.member('ciz'), 'indicatieregister', [played.indicatie])
  const record = `WlzIndicatie/${played.wlzindicatieID}`
  const expected = [
    ['zorgkantoor-noord', 'NIEUWE_INDICATIE_ZORGKANTOOR', 'is told as the law says'],
    ['gemeente-noord', 'NIEUWE_INDICATIE_GEMEENTE', 'is told because it follows its client'],
    ['cak', 'NIEUWE_INDICATIE_CAK', 'is told because it asked for every new indicatie'],
    ['zorgaanbieder', 'NIEUWE_INDICATIE_ZORGAANBIEDER', 'is told by the gemeente for which it delivers'],
  ] as const
  for (const [name, eventType, why] of expected) {
    const arrived = await inboxOf(scene, name).await(eventType, record, since)
    tell.expect(
      arrived !== undefined,
      `${world.member(name).organization.name} ${why}, after ${String(arrived?.milliseconds ?? 0)} ms`,
    )
  }
  tell.fact(`All that is said: ${record}. Whoever wants to know more asks CIZ, under its own rule.`)
}

async function flagGap(scene: Scene): Promise<void> {
  const { tell, case: played } = scene
  tell.step('The node of the gemeente asks CIZ when it begins, and sees days without care coming.')
  const own = await inboxOf(scene, 'gemeente-noord').await('OVERGANGSGAT_GEMEENTE', `Toewijzing/${played.toewijzingID}`)
  const other = await inboxOf(scene, 'zorgkantoor-noord').await(
    'OVERGANGSGAT_ZORGKANTOOR',
    `WlzIndicatie/${played.wlzindicatieID}`,
  )
  tell.expect(own !== undefined, `the gemeente is warned before ${played.wmoEnds}`)
  tell.expect(other !== undefined, 'and so is Zorgkantoor Noord, which is responsible')
}

async function lookAtOverview({ world, tell, case: played }: Scene): Promise<void> {
  const gemeente = world.member('gemeente-noord')
  tell.step('A consulent of the gemeente asks for the whole picture of this client.')
  const { value, milliseconds } = await timed(() =>
    gemeente.administrator.call('POST', '/internal/bronnet/v1/subjects/gemeente-noord/overview', {
      bsn: played.bsn,
      purposes: ['WMO_UITVOERING'],
      basis: `Toewijzing ${played.toewijzingID}`,
      by: 'consulent van het Wmo-loket',
      records: [`WlzIndicatie/${played.wlzindicatieID}`],
    }),
  )
  const overview = overviewSchema.parse(value)
  for (const { domein, soort, van, tot, bron, rule } of overview.timeline)
    tell.fact(`${domein} ${soort}: ${van} to ${tot ?? 'no end'}, from ${bron.name ?? bron.organization}, by ${rule}`)
  const [gap] = overview.gaps
  tell.expect(
    gap !== undefined && gap.days > 0 && gap.van > played.wmoEnds && gap.tot < played.wlzStarts,
    `${String(gap?.days ?? 0)} days without care: ${gap?.van ?? ''} to ${gap?.tot ?? ''}`,
  )
  for (const { title, outcome, reasons } of overview.sources.filter((source) => source.outcome !== 'answered'))
    tell.fact(`${outcome}: ${title} (${reasons.join('; ')})`)
  tell.fact('Each line comes from its source, and nothing of it is kept.', milliseconds)
}

async function arrangeCare(scene: Scene): Promise<void> {
  const { world, tell, clock, case: played } = scene
  const zorgkantoor = world.member('zorgkantoor-noord')
  const aanbieder = world.member('zorgaanbieder')
  const ciz = sourceOf(world, 'ciz', 'indicatieregister')
  tell.step('Zorgkantoor Noord reads the indicatie at CIZ, and arranges care.')
  const indicatie = await ask(zorgkantoor, ciz, indicatieScope, indicatieOfZorgkantoor, {
    id: played.wlzindicatieID,
    uzovi: zorgkantoor.organization.id,
  })
  tell.expect(
    recordsIn(indicatie, 'wlzIndicatie').length === 1,
    `it reads the whole indicatie, by rule ${String(indicatie.rule)}`,
  )
  const since = clock.now()
  await write(zorgkantoor, 'bemiddelingsregister', played.bemiddeling)
  const record = `Bemiddelingspecificatie/${played.bemiddelingspecificatieID}`
  const told = await inboxOf(scene, 'zorgaanbieder').await(
    'NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER',
    record,
    since,
  )
  tell.expect(told !== undefined, `De Proeftuin is told of its assignment, after ${String(told?.milliseconds ?? 0)} ms`)

  tell.step('De Proeftuin reads its assignment at the zorgkantoor, and then the indicatie at CIZ.')
  const specificatie = await ask(
    aanbieder,
    sourceOf(world, 'zorgkantoor-noord', 'bemiddelingsregister'),
    bemiddelingScope,
    specificatieOfAanbieder,
    {
      id: played.bemiddelingspecificatieID,
      agb: aanbieder.organization.id,
      van: played.wlzStarts,
      tot: played.specificatieEnds,
    },
  )
  tell.expect(
    recordsIn(specificatie, 'bemiddelingspecificatie').length === 1,
    `the assignment, by rule ${String(specificatie.rule)}`,
  )
  const read = await ask(aanbieder, ciz, indicatieScope, indicatieById, { id: played.wlzindicatieID })
  tell.expect(
    recordsIn(read, 'wlzIndicatie').length === 1,
    `the indicatie, by rule ${String(read.rule)}: CIZ asked the zorgkantoren whether this provider delivers under it`,
  )
}

async function informCak(scene: Scene): Promise<void> {
  const { world, tell, case: played } = scene
  const cak = world.member('cak')
  const ciz = sourceOf(world, 'ciz', 'indicatieregister')
  tell.step('CAK reads what the eigen bijdrage takes, and no more.')
  const minimum = await ask(cak, ciz, indicatieScope, indicatieOfCak, { id: played.wlzindicatieID })
  tell.expect(
    recordsIn(minimum, 'wlzIndicatie').length === 1,
    `begin, end and wished form of care, by rule ${String(minimum.rule)}`,
  )
  const clinical = await ask(cak, ciz, indicatieScope, stoornisById, { id: played.wlzindicatieID })
  tell.expect(
    !JSON.stringify(clinical.data).includes('ziektebeeldStoornis'),
    `when it asks for the stoornis too, that is left out of the answer, by rule ${String(clinical.rule)}`,
  )
  tellKnowledge(scene, 'Now', {
    'gemeente-noord': `that Wlz begins on ${played.wlzStarts}, and the gap before it; no stoornis`,
    ciz: 'the indicatie, and who asked for what',
    'zorgkantoor-noord': 'the indicatie, its bemiddeling, and the gap',
    zorgaanbieder: 'its assignment under the Wlz and the indicatie, before the Wmo ends',
    cak: 'begin, end and form of care, and what this person pays for',
  })
}

async function keepOthersOut(scene: Scene): Promise<void> {
  const { world, tell, case: played } = scene
  const ciz = sourceOf(world, 'ciz', 'indicatieregister')
  tell.step('Gemeente Zuidstad has no case of this person, and Zorgkantoor Zuid is not responsible.')
  for (const name of ['gemeente-zuid', 'zorgkantoor-zuid'])
    tell.expect(
      (await inboxOf(scene, name).all()).length === 0,
      `${world.member(name).organization.name} was told nothing`,
    )
  const follow = await world
    .member('gemeente-zuid')
    .administrator.call('POST', '/internal/bronnet/v1/abonnementen/gemeente-zuid', {
      bronhouder: 'ciz',
      eventType: 'NIEUWE_INDICATIE_GEMEENTE',
      doel: 'WMO_UITVOERING',
      zaak: { source: 'toewijzingsregister', bsn: played.bsn },
      by: 'consulent van het Wmo-loket',
    })
    .then(() => undefined, String)
  tell.expect(follow !== undefined, 'the node of Zuidstad does not follow whoever is not its client')
  const zuid = world.member('zorgkantoor-zuid')
  const [there, never] = await Promise.all(
    [played.wlzindicatieID, played.toewijzingID].map((id) =>
      ask(zuid, ciz, indicatieScope, indicatieOfZorgkantoor, { id, uzovi: zuid.organization.id }),
    ),
  )
  tell.expect(
    there !== undefined && recordsIn(there, 'wlzIndicatie').length === 0 && there.rule === never?.rule,
    'Zorgkantoor Zuid gets the same empty answer as for an indicatie that does not exist',
  )
}

async function loseAHop(scene: Scene): Promise<void> {
  const { world, tell, clock, case: played } = scene
  const inbox = inboxOf(scene, 'zorgaanbieder')
  const eventType = 'GEWIJZIGDE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER'
  const record = `Bemiddelingspecificatie/${played.bemiddelingspecificatieID}`
  tell.step('The node of De Proeftuin goes down, and the zorgkantoor changes the assignment.')
  await world.stopMember('zorgaanbieder')
  await write(world.member('zorgkantoor-noord'), 'bemiddelingsregister', [
    played.changedSpecificatie(played.wlzStarts.replace(/^\d{4}/, (year) => String(Number(year) + 2))),
  ])
  const waiting = await until(async () => {
    const { receivers } = outboxReceiversSchema.parse(
      await world
        .member('zorgkantoor-noord')
        .administrator.call('GET', '/internal/bronnet/v1/notifications/outbox/zorgkantoor-noord/receivers'),
    )
    return receivers.find(({ receiver }) => receiver.id === inbox.member.organization.id)
  })
  tell.expect(waiting !== undefined, 'the notificatie waits in the outbox of the zorgkantoor, and is tried again')
  tell.step('Ten minutes later it is up again.')
  await world.startMember('zorgaanbieder')
  clock.move(downSeconds)
  const arrived = await inbox.await(eventType, record)
  tell.expect(arrived !== undefined, 'what it missed arrives')
  const times = (await inbox.all()).filter(
    (message) => message.eventType === eventType && message.subjectList.some(({ recordID }) => recordID === record),
  ).length
  tell.expect(times === 1, `once: ${String(times)} such message is in its inbox`)
}
