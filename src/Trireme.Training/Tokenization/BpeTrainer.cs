namespace Trireme.Training.Tokenization;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016) over bytes: merges the most frequent neighbouring pair until the vocabulary is
/// full. Ties go to the pair of lower ids, so the same text always gives the same vocabulary.
/// </summary>
internal static class BpeTrainer
{
    /// <summary>Trains on documents that may hold special tokens. The vocabulary is smaller than asked when no pair repeats.</summary>
    public static BpeCodec Train(IEnumerable<string> documents, int vocabularySize)
    {
        var vocabulary = new List<string>(SpecialTokens.All);
        vocabulary.AddRange(ByteSymbols.InOrder.Select(letter => letter.ToString()));
        Dictionary<string, int> ids = vocabulary.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);

        List<(int[] Ids, long Count)> words = CountWords(documents, ids);
        var merges = new List<(string Left, string Right)>();
        while (vocabulary.Count < vocabularySize && MostFrequentPair(words) is { } best)
        {
            merges.Add((vocabulary[best.Left], vocabulary[best.Right]));
            string merged = vocabulary[best.Left] + vocabulary[best.Right];
            // Two routes can lead to one token; the second adds a merge but no vocabulary entry.
            if (ids.TryAdd(merged, vocabulary.Count)) vocabulary.Add(merged);
            for (int i = 0; i < words.Count; i++) words[i] = (Merge(words[i].Ids, best, ids[merged]), words[i].Count);
        }

        return new BpeCodec(ids, merges);
    }

    private static List<(int[] Ids, long Count)> CountWords(IEnumerable<string> documents, Dictionary<string, int> ids)
    {
        var counts = new Dictionary<string, long>();
        foreach (string document in documents)
        {
            foreach ((string text, bool special) in WordSplitter.Segments(document))
            {
                if (special) continue;
                foreach (string word in WordSplitter.Words(text)) counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        return [.. counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (ByteSymbols.FromText(pair.Key).Select(letter => ids[letter.ToString()]).ToArray(), pair.Value))];
    }

    private static (int Left, int Right)? MostFrequentPair(List<(int[] Ids, long Count)> words)
    {
        var counts = new Dictionary<(int Left, int Right), long>();
        foreach ((int[] ids, long count) in words)
        {
            for (int i = 1; i < ids.Length; i++)
            {
                (int, int) pair = (ids[i - 1], ids[i]);
                counts[pair] = counts.GetValueOrDefault(pair) + count;
            }
        }

        (int Left, int Right)? best = null;
        // A pair that occurs once saves nothing.
        long most = 1;
        foreach (((int Left, int Right) pair, long count) in counts)
        {
            bool better = count > most || (count == most && best is { } current && pair.CompareTo(current) < 0);
            if (better) (best, most) = (pair, count);
        }

        return best;
    }

    private static int[] Merge(int[] ids, (int Left, int Right) pair, int merged)
    {
        int found = 0;
        for (int i = 1; i < ids.Length; i++)
        {
            if (ids[i - 1] != pair.Left || ids[i] != pair.Right) continue;
            found++;
            // An overlap such as "aaa" is one merge, not two.
            i++;
        }

        if (found == 0) return ids;
        var result = new int[ids.Length - found];
        int to = 0;
        for (int from = 0; from < ids.Length; from++)
        {
            bool here = from + 1 < ids.Length && ids[from] == pair.Left && ids[from + 1] == pair.Right;
            result[to++] = here ? merged : ids[from];
            if (here) from++;
        }

        return result;
    }
}
