import { memoryConsentStore } from 'kiip-s2s/consent';
import { describeConsentStore } from './contract.js';

describeConsentStore('memory', () => memoryConsentStore());
