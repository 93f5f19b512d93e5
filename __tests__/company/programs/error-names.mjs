// Builds one error of every class that the package exports, and says by which name it is exported and which name it carries.
import * as main from 'kiip-s2s';
import * as axios from 'kiip-s2s/axios';
import * as callbacks from 'kiip-s2s/callbacks';
import * as kaminari from 'kiip-s2s/kaminari';

const facts = { kind: 'timeout', reason: 'r', operation: 'moment', attempts: 1, scope: 'attempt', status: 500 };
const names = [main, axios, callbacks, kaminari]
  .flatMap((library) => Object.entries(library))
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
  .map(([exported, ErrorClass]) => {
    const given = { TransportError: [facts], KiipValidationError: [[]] }[exported] ?? ['late', facts];
    const error = new ErrorClass(...given);
    return { exported, carried: error.name, stack: error.stack.split('\n')[0] };
  });
console.log(JSON.stringify(names));
