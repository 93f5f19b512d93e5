/** The picture of every reward: a parcel, in the notification and on the page. */
export const REWARD_PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">
<defs>
<linearGradient id="back" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#7a5cf0"/><stop offset="1" stop-color="#4527b8"/></linearGradient>
<linearGradient id="box" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#e4dcff"/></linearGradient>
</defs>
<rect width="96" height="96" rx="22" fill="url(#back)"/>
<g fill="#ffd34d"><circle cx="16" cy="22" r="2.5"/><circle cx="79" cy="17" r="3"/><circle cx="84" cy="46" r="2"/><circle cx="12" cy="52" r="2"/><path d="M70 26l1.6 3.4 3.4 1.6-3.4 1.6L70 36l-1.6-3.4L65 31l3.4-1.6z"/></g>
<rect x="22" y="46" width="52" height="34" rx="4" fill="url(#box)"/>
<rect x="18" y="35" width="60" height="14" rx="4" fill="#fff"/>
<path d="M42.500 35h11v45h-11z" fill="#ff7a59"/>
<path d="M48 35c-5-15-22-15-19-5 1.500 4.500 10 5 19 5zm0 0c5-15 22-15 19-5-1.500 4.500-10 5-19 5z" fill="none" stroke="#ff7a59" stroke-width="5" stroke-linejoin="round"/>
</svg>
`;
