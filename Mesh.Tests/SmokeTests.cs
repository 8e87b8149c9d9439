namespace Mesh.Tests;

public class SmokeTests
{
    [Fact]
    public void The_suite_runs() => Assert.Equal(4, 2 + 2);
}
