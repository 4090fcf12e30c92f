using CsCheck;
using Trireme.Worker.Onnx;

namespace Trireme.Worker.Tests.Onnx;

public sealed class BatchRuleTests
{
    private const int MaxRows = 8;
    private const long Window = 10;

    /// <summary>Requests are written as key, rows, time of arrival and, behind a slash, deadline.</summary>
    public static TheoryData<string, string, long, string, long?> Cases { get; } = new()
    {
        { "nobody waits", "", 5, "", null },
        { "one waits for others", "a1@0", 5, "", 10 },
        { "one has waited long enough", "a1@0", 10, "0", null },
        { "those behind it come along", "a1@0 a2@4 a1@9", 10, "0 1 2", null },
        { "a full batch waits for nothing", "a5@0 a3@0", 1, "0 1", null },
        { "one that does not fit closes the batch", "a5@0 a4@0 a1@0", 1, "0", null },
        { "another shape does not come along", "a1@0 b1@0 a1@0", 10, "0 2", null },
        { "another shape neither fills nor closes the batch", "a1@0 b8@0 b8@0", 5, "", 10 },
        { "the oldest decides, however full a younger batch is", "a1@3 b8@4", 5, "", 13 },
        { "more rows than a batch are computed alone", "a9@0 a1@0", 1, "0", null },
        { "one that cannot wait that long", "a1@0/9", 1, "0", null },
        { "those beside it come along", "a1@0 a1@1/5 a1@1", 1, "0 1 2", null },
        { "one that can wait longer", "a1@0/11", 1, "", 10 },
        { "another shape that cannot wait is told in time", "a1@0 b1@0/7 b1@0/4", 1, "", 4 },
        { "exactly a batch", "a8@0 a1@0", 1, "0", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_oldest_request_and_those_that_fit_with_it_are_computed_once_they_fill_a_batch_or_time_is_up(
        string sentence, string waiting, long now, string taken, long? until)
    {
        var places = new List<int>();
        long? next = BatchRule.Decide(Parse(waiting), now, MaxRows, Window, places);
        Assert.True(taken == string.Join(' ', places), sentence);
        Assert.Equal(until, next);
    }

    [Fact]
    public void Whoever_waits_is_computed_once_within_the_window_and_its_turns_and_no_batch_is_too_large()
    {
        Gen<WaitingRows> request = Gen.Select(Gen.Int[0, 2], Gen.Int[1, 12], Gen.Long[0, 40])
            .Select((key, rows, arrived) => new WaitingRows("abc"[key].ToString(), rows, arrived));
        request.List[1, 30].Sample(all =>
        {
            List<WaitingRows> queue = [.. all.OrderBy(entry => entry.ArrivedAt)];
            var taken = new List<int>();
            long now = queue[^1].ArrivedAt;
            int rounds = 0;
            while (queue.Count > 0 && rounds++ < 100)
            {
                long? until = BatchRule.Decide(queue, now, MaxRows, Window, taken);
                if (taken.Count == 0)
                {
                    Assert.True(until > now && until <= queue[0].ArrivedAt + Window);
                    now = until!.Value;
                    continue;
                }

                Assert.Equal(0, taken[0]);
                Assert.Equal(taken.Order(), taken);
                Assert.Single(taken.Select(place => queue[place].BatchKey).Distinct());
                Assert.True(taken.Count == 1 || taken.Sum(place => queue[place].Rows) <= MaxRows);
                for (int i = taken.Count - 1; i >= 0; i--) queue.RemoveAt(taken[i]);
            }

            Assert.Empty(queue);
        });
    }

    private static WaitingRows[] Parse(string waiting) =>
    [
        .. from entry in waiting.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           let parts = entry[1..].Split('@', '/')
           select new WaitingRows(
               entry[..1],
               int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
               long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
               parts.Length == 2 ? null : long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
