// Follows the link [data-follow="seconds"] when the time is over. The Refresh header of
// such a page only counts from the end of loading, which a frame that never answers puts
// off for ever; without scripts the link is there to be pressed.
const link = document.querySelector('a[data-follow]');
const type = performance.getEntriesByType('navigation')[0]?.type;
if (link && type !== 'back_forward') {
  setTimeout(() => link.click(), Number(link.dataset.follow) * 1000);
}
