import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileKeyStore } from '../../node/identity/file-key-store.js'
import { Secret } from '../../node/kernel/secret.js'
import { describeKeyStore } from './key-store.js'

describeKeyStore('files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-keys-'))
  return {
    open: () => openFileKeyStore({ directory, passphrase: Secret.of('correct horse battery') }),
    destroy: () => rm(directory, { recursive: true, force: true }),
  }
})
