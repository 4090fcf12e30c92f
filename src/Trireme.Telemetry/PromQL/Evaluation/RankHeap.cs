namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// The best few of many values: a binary heap with the worst of those kept on top. Which of equal values stay depends on how a heap
/// moves its elements; this one moves them as Prometheus' does, so that both keep the same ones.
/// </summary>
internal sealed class RankHeap(int capacity, bool largest)
{
    private readonly List<(double Value, StepSeries Series)> _kept = [];

    public void Offer(double value, StepSeries series)
    {
        if (capacity == 0) return;
        if (_kept.Count == capacity)
        {
            double worst = _kept[0].Value;
            bool better = double.IsNaN(worst) || (largest ? worst < value : worst > value);
            if (!better) return;
            RemoveWorst();
        }

        _kept.Add((value, series));
        SiftUp(_kept.Count - 1);
    }

    /// <summary>What was kept; the heap is used up.</summary>
    public StepSeries[] BestFirst()
    {
        var ranked = new StepSeries[_kept.Count];
        for (int i = ranked.Length - 1; i >= 0; i--)
        {
            ranked[i] = _kept[0].Series;
            RemoveWorst();
        }

        return ranked;
    }

    private void RemoveWorst()
    {
        int last = _kept.Count - 1;
        (_kept[0], _kept[last]) = (_kept[last], _kept[0]);
        _kept.RemoveAt(last);
        SiftDown();
    }

    private void SiftUp(int child)
    {
        while (child > 0)
        {
            int parent = (child - 1) / 2;
            if (!IsWorse(child, parent)) return;
            (_kept[child], _kept[parent]) = (_kept[parent], _kept[child]);
            child = parent;
        }
    }

    private void SiftDown()
    {
        int parent = 0;
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= _kept.Count) return;
            if (child + 1 < _kept.Count && IsWorse(child + 1, child)) child++;
            if (!IsWorse(child, parent)) return;
            (_kept[child], _kept[parent]) = (_kept[parent], _kept[child]);
            parent = child;
        }
    }

    private bool IsWorse(int i, int j) =>
        double.IsNaN(_kept[i].Value) || (largest ? _kept[i].Value < _kept[j].Value : _kept[i].Value > _kept[j].Value);
}
