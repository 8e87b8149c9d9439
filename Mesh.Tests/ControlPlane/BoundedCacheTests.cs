using Mesh.ControlPlane.Ads;

namespace Mesh.Tests.ControlPlane;

public class BoundedCacheTests
{
    [Fact]
    public void What_is_made_is_kept_until_there_is_too_much_of_it()
    {
        var made = 0;
        var cache = new BoundedCache<int, string>(kept: 3);
        string Get(int key) => cache.GetOrAdd(key, (k, _) => { made++; return $"{k}"; }, 0);
        foreach (var key in new[] { 1, 2, 3, 1, 2, 3 }) Assert.Equal($"{key}", Get(key));
        Assert.Equal(3, made);
        Get(4);
        Get(1);

        Assert.Equal(5, made);
    }
}
