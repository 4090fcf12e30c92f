using CsCheck;
using Trireme.Fleet.Fairness;

namespace Trireme.Fleet.Tests.Fairness;

public sealed class PriorityListTests
{
    [Fact]
    public void Items_are_in_the_order_of_priority_then_arrival_whatever_comes_and_goes() =>
        Gen.Select(Gen.Int[-2, 2], Gen.Int[0, 99]).Array[1, 80].Sample(events =>
        {
            var list = new PriorityList<QueuedItem>();
            var expected = new List<QueuedItem>();
            for (int i = 0; i < events.Length; i++)
            {
                (int priority, int which) = events[i];
                if (which % 3 == 0 && expected.Count > 0)
                {
                    QueuedItem removed = expected[which % expected.Count];
                    expected.Remove(removed);
                    list.Remove(removed);
                }
                else
                {
                    var added = new QueuedItem("tenant", i) { Priority = priority };
                    expected.Add(added);
                    list.Add(added);
                }

                expected = [.. expected.OrderBy(item => item.Priority).ThenBy(item => item.Arrival)];
                Assert.Equal(expected, Enumerable.Range(0, list.Count).Select(index => list[index]));
                if (expected.Count == 0) continue;
                Assert.Same(expected[0], list.First);
                Assert.Same(expected[^1], list.Last);
            }
        });
}
