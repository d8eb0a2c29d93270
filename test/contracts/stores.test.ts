import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../node/kernel/log.js'
import { openLevelStore } from '../../node/stores/level.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import type { Backend } from './backend.js'
import { batchContract } from './batch.js'
import { claimsContract } from './claims.js'
import { journalContract } from './journal.js'
import { recordsContract } from './records.js'
import { recordsInputContract } from './records-input.js'
import { recordsListingContract } from './records-listing.js'

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

for (const backend of [memory, level]) {
  recordsContract(backend)
  recordsListingContract(backend)
  recordsInputContract(backend)
  claimsContract(backend)
  journalContract(backend)
  batchContract(backend)
}
