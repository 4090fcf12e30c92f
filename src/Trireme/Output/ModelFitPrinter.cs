using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Inference.Engine;

namespace Trireme.Output;

/// <summary>Prints what serving a model takes, part by part.</summary>
internal static class ModelFitPrinter
{
    public static void Print(ModelFit fit, int streams, OutputFormat format, TextWriter output)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml) ObjectPrinter.Print(ToJson(fit, streams), format, output);
        else TablePrinter.Print(ToRows(fit, streams), output);
    }

    private static JsonObject ToJson(ModelFit fit, int streams) => new()
    {
        ["contextLength"] = fit.ContextLength,
        ["streams"] = streams,
        ["weightBytes"] = fit.WeightBytes,
        ["draftWeightBytes"] = fit.DraftWeightBytes,
        ["adapterBytes"] = fit.AdapterBytes,
        ["kvCacheBytes"] = fit.KvCacheBytes,
        ["scratchBytes"] = fit.ScratchBytes,
        ["budgetBytes"] = fit.BudgetBytes,
        ["unusedBytes"] = fit.UnusedBytes,
        ["processBytes"] = fit.ProcessBytes,
        ["totalBytes"] = fit.TotalBytes,
    };

    private static List<string[]> ToRows(ModelFit fit, int streams)
    {
        bool drafts = fit.DraftWeightBytes > 0;
        string contexts = streams == 1 ? $"1 stream of {fit.ContextLength} tokens" : $"{streams} streams of {fit.ContextLength} tokens";
        List<string[]> rows = [["PART", "MEMORY", "FOR"], ["weights", Bytes(fit.WeightBytes), "all matrices and vectors"]];
        if (drafts) rows.Add(["draft model", Bytes(fit.DraftWeightBytes), "its weights"]);
        if (fit.AdapterBytes > 0) rows.Add(["adapters", Bytes(fit.AdapterBytes), "kept for what --enable-lora takes"]);
        rows.AddRange(
        [
            ["keys and values", Bytes(fit.KvCacheBytes), drafts ? contexts + ", of both models" : contexts],
            ["scratch", Bytes(fit.ScratchBytes), "one step"],
            ["budget", Bytes(fit.BudgetBytes), "the sum so far: the least spec.resources.memory"],
            ["not used", Bytes(fit.UnusedBytes), "scratch for more streams than these"],
            ["process", Bytes(fit.ProcessBytes), "runtime, server and tokenizer"],
            ["total", Bytes(fit.TotalBytes), "budget less what is not used, and process"],
        ]);
        return rows;
    }

    private static string Bytes(long bytes) => new ByteSize(bytes).ToRoundedText();
}
