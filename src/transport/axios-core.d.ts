declare module 'axios/dist/browser/axios.cjs' {
  import axios from 'axios';
  export default axios;
}
