import { createRegistryClient, type FoundDataset, type RegistryClient } from '../../registry-client/client.js'
import type { Narrator } from './narrator.js'
import { createTrustingFetch } from './trusting-fetch.js'
import type { World } from './world.js'

/** How long the newest catalogues may take to be read by everybody. */
const findWithinMilliseconds = 20_000

/** What a party holds, on which ground and who may ask, as its catalogue says: found by one that knew nothing of it. */
export async function tellCatalogueSearch({
  world,
  tell,
}: {
  readonly world: World
  readonly tell: Narrator
}): Promise<void> {
  tell.step('Gemeente Noordstad searches the catalogues of the network for indicaties: it never heard of CIZ.')
  const gemeente = createRegistryClient({
    nodeUrl: world.member('gemeente-noord').internalUrl,
    subject: 'gemeente-noord',
    fetch: createTrustingFetch(world.certificateAuthority),
  })
  const startedAt = performance.now()
  const { title, legislation, purposes, mayAsk, distributions, publisher } = await waitForDataset(gemeente)
  const milliseconds = performance.now() - startedAt
  const [distribution] = distributions
  tell.fact(`${title['nl'] ?? ''}, published and signed by ${publisher}`, milliseconds)
  tell.fact(`On the ground of ${legislation.join(' and ')}`)
  tell.fact(`For: ${purposes.map(({ label }) => label['nl'] ?? '').join('; ')}`)
  tell.fact(`Who may ask, for some of it: ${mayAsk.map(lastPartOf).join(', ')}`)
  tell.expect(distribution?.url.startsWith('https:') === true, `it is asked over TLS, at ${distribution?.url ?? ''}`)
  const access = await gemeente.discover.access(distribution?.url ?? '')
  tell.expect(
    access.authorizationServer.startsWith('https:'),
    `the source itself says where tokens for it come from: ${access.authorizationServer}`,
  )
  tell.expect(mayAsk.map(lastPartOf).includes('gemeente'), 'a gemeente is among those who may ask')
}

async function waitForDataset(application: RegistryClient): Promise<FoundDataset> {
  const until = performance.now() + findWithinMilliseconds
  for (;;) {
    for await (const dataset of application.discover.datasets({ text: 'indicatie' }))
      if (dataset.id.endsWith('/datasets/indicatieregister')) return dataset
    if (performance.now() > until) throw new Error('no catalogue has indicaties')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function lastPartOf(iri: string): string {
  return iri.slice(iri.lastIndexOf('/') + 1)
}
