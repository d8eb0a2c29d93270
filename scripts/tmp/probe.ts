import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { participants } from '../demo/participants.js'
import { startWorld } from '../demo/world.js'

const directory = await mkdtemp(join(tmpdir(), 'probe-'))
const chosen = participants.filter(({ name }) => ['stelselbeheerder', 'ciz', 'zorgkantoor-noord'].includes(name))
const world = await startWorld({
  directory,
  participants: chosen.map((p, i) => ({ ...p, publicPort: 18100 + i * 3, internalPort: 18101 + i * 3, tlsPort: 18102 + i * 3, sources: p.name === 'ciz' ? p.sources : [] })),
  logs: 'files',
  configure: (_name, settings) => ({ ...settings, parties: settings.parties?.map((p) => ({ ...p, notifications: p.notifications && { ...p.notifications, perSecond: 100000 } })) }),
})
const ciz = world.member('ciz').administrator
const record = () => ({ wlzindicatieID: randomUUID(), bsn: '999990019', besluitnummer: 1, soortWlzindicatie: '1', afgiftedatum: '2026-11-01', ingangsdatum: '2026-11-01', initieelVerantwoordelijkZorgkantoor: '5999', client: { clientID: randomUUID(), bsn: '999990019', geheimeClient: '2', geboorteDatum: '1950-01-01', geslacht: '1', geslachtsnaam: 'Fictief', naamGebruik: '1', contactGegevens: [] } })
const register = (n: number) => ciz.call('POST', '/internal/bronnet/v1/registers/ciz/indicatieregister/changes', { by: 'x', changes: Array.from({ length: Math.min(n,500) }, () => ({ type: 'WlzIndicatie', record: record() })) })
const waiting = async (): Promise<number> => ((await ciz.call('GET', '/internal/bronnet/v1/notifications/outbox/ciz?part=waiting&limit=1000')) as any).deliveries.length
for (let i = 0; i < 5; i++) {
  const t = performance.now()
  await register(1)
  const c = performance.now()
  while ((await waiting()) > 0) await new Promise((r) => setTimeout(r, 2))
  console.log('one: commit', (c - t).toFixed(0), 'delivered', (performance.now() - t).toFixed(0))
}
for (let round = 0; round < 1; round++) {
  const N = 1500
  for (let k = 0; k < 3; k++) await register(500)
  const t = performance.now()
  const cpu = process.cpuUsage()
  while ((await waiting()) > 0) await new Promise((r) => setTimeout(r, 50))
  const s = (performance.now() - t) / 1000
  const u = process.cpuUsage(cpu)
  console.log('drain', N, s.toFixed(2), (N / s).toFixed(0), '/s cpu', ((u.user + u.system) / 1e6).toFixed(2))
}
await world.stop()
process.exit(0)
