import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import { silentLog } from '../../node/kernel/log.js'
import { openLevelStore } from '../../node/stores/level.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { openPostgresStore } from '../../node/stores/postgres.js'
import { startPostgres, type PostgresServer } from '../support/postgres.js'
import type { Backend } from './backend.js'
import { abonnementenContract } from './abonnementen.js'
import { batchContract } from './batch.js'
import { claimsContract } from './claims.js'
import { contentsContract } from './contents.js'
import { journalContract } from './journal.js'
import { journalChainContract } from './journal-chain.js'
import { leaseContract } from './lease.js'
import { registerAdministrationContract } from './register-administration.js'
import { recordsContract } from './records.js'
import { recordsInputContract } from './records-input.js'
import { recordsListingContract } from './records-listing.js'
import { timersContract } from './timers.js'

const memory: Backend = {
  name: 'memory',
  survivesRestart: false,
  createPlace: async () => ({
    open: async (clock) => createMemoryStore({ clock }),
    destroy: async () => {},
  }),
}

const level: Backend = {
  name: 'level',
  survivesRestart: true,
  async createPlace() {
    const directory = await mkdtemp(join(tmpdir(), 'bronnet-level-'))
    return {
      open: (clock) => openLevelStore({ directory, clock, log: silentLog }),
      destroy: () => rm(directory, { recursive: true }),
    }
  },
}

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.destroy())

const postgres: Backend = {
  name: 'postgres',
  survivesRestart: true,
  async createPlace() {
    const url = await server.createSchema()
    return {
      open: (clock) => openPostgresStore({ url, clock, log: silentLog }),
      destroy: () => server.releaseSchema(url),
    }
  },
}

for (const backend of [memory, level, postgres]) {
  recordsContract(backend)
  recordsListingContract(backend)
  recordsInputContract(backend)
  claimsContract(backend)
  journalContract(backend)
  journalChainContract(backend)
  leaseContract(backend)
  batchContract(backend)
  contentsContract(backend)
  registerAdministrationContract(backend)
  abonnementenContract(backend)
  timersContract(backend)
}
