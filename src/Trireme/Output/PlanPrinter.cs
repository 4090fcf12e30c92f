using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Placement;
using Trireme.Plans;

namespace Trireme.Output;

/// <summary>Prints a plan: for people as short tables and sentences, for programs as JSON.</summary>
internal static class PlanPrinter
{
    public static void Print(Plan plan, OutputFormat format, TextWriter output)
    {
        if (format == OutputFormat.Json) ObjectPrinter.Print(ToJson(plan), format, output);
        else PrintText(plan, output);
    }

    private static void PrintText(Plan plan, TextWriter output)
    {
        TablePrinter.Print([["OBJECT", "CHANGE"], .. plan.Objects.Select(static one => (string[])[one.Name, one.Change])], output);
        foreach (ServiceForecast service in plan.Fleet.Services)
        {
            output.WriteLine();
            output.WriteLine($"Service {service.Service}: {service.How}.");
            if (service.Keeps > 0) output.WriteLine($"  {Replicas(service.Keeps)} as {(service.Keeps == 1 ? "it is" : "they are")}");
            foreach (IGrouping<ReplicaForecast, ReplicaForecast> same in service.Starts.GroupBy(static start => start))
            {
                string where = same.Key.Place is { } place ? $"on {place}" : "without a place";
                output.WriteLine($"  {Replicas(same.Count())} started {where}, up to {Text(same.Key.MemoryBytes)} each");
            }

            foreach (string name in service.Ends) output.WriteLine($"  {name} drained and ended");
            foreach (string sentence in service.MakesRoom) Wrapped(sentence, output);
            if (service.Problem is { } problem) Wrapped($"Does not fit. {problem}", output);
        }

        output.WriteLine();
        string[] columns = ["POOL", "MEMORY", "USED NOW", "USED AFTER", "COST/H NOW", "COST/H AFTER"];
        TablePrinter.Print([columns, .. plan.Fleet.Pools.Select(Row)], output);
        output.WriteLine();
        foreach (PlannedObject refused in plan.Objects.Where(static one => one.Refusal is not null))
        {
            output.WriteLine($"Refused: {refused.Refusal}");
        }

        output.WriteLine(plan.ExitCode switch
        {
            ExitCode.Success => "Everything fits. Nothing was changed; \"trireme apply\" with the same files does it.",
            ExitCode.Invalid => "Nothing was changed. \"trireme apply\" would stop at what is refused.",
            _ => "Nothing was changed. \"trireme apply\" would store the objects, and what does not fit would wait.",
        });
    }

    private static string[] Row(PoolForecast pool) =>
    [
        pool.Name,
        pool.CapacityBytes is { } capacity ? Text(capacity) : "not known",
        Text(pool.BeforeBytes),
        Text(pool.AfterBytes),
        Money(pool.CostBefore),
        Money(pool.CostAfter),
    ];

    private static void Wrapped(string text, TextWriter output)
    {
        foreach (string line in TextWrap.Lines(text, TablePrinter.OutputColumns - 2)) output.WriteLine("  " + line);
    }

    private static JsonObject ToJson(Plan plan) => new()
    {
        ["objects"] = Array(plan.Objects, static one => new JsonObject
        {
            ["apiVersion"] = one.Definition.ApiVersion,
            ["kind"] = one.Definition.Kind,
            ["namespace"] = one.Key.Namespace.Length > 0 ? one.Key.Namespace : null,
            ["name"] = one.Key.Name,
            ["change"] = one.Change,
            ["refusal"] = one.Refusal,
        }),
        ["services"] = Array(plan.Fleet.Services, static service => new JsonObject
        {
            ["namespace"] = service.Service.Namespace,
            ["name"] = service.Service.Name,
            ["how"] = service.How,
            ["keeps"] = service.Keeps,
            ["replaces"] = service.Replaces,
            ["starts"] = Array(service.Starts, static start => new JsonObject
            {
                ["memoryBytes"] = start.MemoryBytes,
                ["pool"] = start.Place?.Pool,
                ["device"] = start.Place?.Device,
            }),
            ["ends"] = Array(service.Ends, static name => JsonValue.Create(name)),
            ["makesRoom"] = Array(service.MakesRoom, static sentence => JsonValue.Create(sentence)),
            ["problem"] = service.Problem,
        }),
        ["pools"] = Array(plan.Fleet.Pools, static pool => new JsonObject
        {
            ["name"] = pool.Name,
            ["capacityBytes"] = pool.CapacityBytes,
            ["usedBytesBefore"] = pool.BeforeBytes,
            ["usedBytesAfter"] = pool.AfterBytes,
            ["costPerHourBefore"] = Math.Round(pool.CostBefore, 6),
            ["costPerHourAfter"] = Math.Round(pool.CostAfter, 6),
        }),
        ["fits"] = plan.ExitCode == ExitCode.Success,
    };

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> write) => new([.. items.Select(write)]);

    private static string Replicas(int count) => count == 1 ? "1 replica" : $"{count} replicas";

    private static string Text(long bytes) => new ByteSize(bytes).ToRoundedText();

    private static string Money(double cost) => cost.ToString("0.00", CultureInfo.InvariantCulture);
}
