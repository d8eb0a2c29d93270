import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister } from '../../node/sources/register/register.js'
import { readSeedFile } from '../../node/sources/register/seed.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { countReads } from '../support/count-reads.js'
import { describeDataSource } from './data-source.js'

const query = `query Vraag($id: UUID!, $zorgkantoor: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $zorgkantoor } }) {
    wlzindicatieID
    client { clientID geslachtsnaam }
  }
}`

const ask = (zorgkantoor: string): unknown => ({
  query,
  variables: { id: '53089759-97a5-4a50-b1c9-bae97b8e73f0', zorgkantoor },
})

describeDataSource('a register', async () => {
  const { store, reads, forget } = countReads(createMemoryStore({ clock: createFixedClock(0) }))
  const definition = loadRegisterDefinition('indicatieregister-2')
  const source = createRegister({ name: 'indicatieregister', party: 'ciz', definition, store })
  await source.loadSeed(readSeedFile(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')))
  forget()
  return { source, body: ask('5999'), otherBody: ask('5998'), reads }
})
