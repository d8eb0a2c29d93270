import { refusalOf } from '../refusals.js'
import {
  askAsDesk,
  contributionOfGemeente,
  contributionOfWlz,
  contributionScope as scope,
  contributionsIn,
  sourceOf,
} from './questions.js'
import { write, type Scene } from './scene.js'

/**
 * Who gets care under the Wlz pays for that, and no longer for support under the Wmo; but that goes on until the gemeente has it
 * stopped. Here it asks in time.
 */
export async function endDoubleContribution(scene: Scene): Promise<void> {
  const { world, tell, case: played } = scene
  const [cak, gemeente] = [world.member('cak'), world.member('gemeente-noord')]
  const source = sourceOf(world, 'cak', 'eigenbijdrageregister')
  await write(cak, 'eigenbijdrageregister', [played.wlzContribution])
  tell.step('The Wmo-loket asks CAK whether its client is going to pay twice.')
  const { bsn } = played
  const readOwn = async () => {
    const variables = { bsn, gemeente: gemeente.organization.id }
    const answer = await askAsDesk('gemeente-wmo', gemeente, source, {
      scope,
      query: contributionOfGemeente,
      variables,
    })
    return { rule: answer.rule, contribution: contributionsIn(answer)[0] }
  }
  const own = await readOwn()
  tell.expect(
    own.contribution?.einddatum === null,
    `the eigen bijdrage for its support has no end, by rule ${String(own.rule)}`,
  )
  const question = { scope, query: contributionOfWlz, variables: { bsn } }
  const wlz = await askAsDesk('gemeente-wmo', gemeente, source, question)
  const [begins] = contributionsIn(wlz)
  tell.expect(
    begins?.ingangsdatum === played.wlzStarts,
    `that for the Wlz begins on ${begins?.ingangsdatum ?? 'no day'}, by rule ${String(wlz.rule)}: the client would pay both`,
  )
  tell.fact('It hears from when, and not how much nor whether it is the lower or the higher one.')
  const refusal = await refusalOf(askAsDesk('gemeente-wmo', world.member('gemeente-zuid'), source, question))
  tell.expect(
    refusal?.code === 'refused' && refusal.rule === wlz.rule,
    'Gemeente Zuidstad, for which this person pays nothing, is refused by the same rule',
  )
  tell.step('The gemeente has it stopped, and CAK ends it with the support.')
  await write(cak, 'eigenbijdrageregister', played.wmoContribution(played.wmoEnds))
  const { contribution } = await readOwn()
  tell.expect(contribution?.einddatum === played.wmoEnds, `the gemeente reads that it ends on ${played.wmoEnds}`)
}
