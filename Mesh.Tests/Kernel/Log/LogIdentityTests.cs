using Mesh.Kernel.Log;

namespace Mesh.Tests.Kernel.Log;

public class LogIdentityTests
{
    [Fact]
    public void It_is_read_back_as_it_is_written()
    {
        var log = new LogIdentity(Guid.CreateVersion7(), 3);
        Assert.True(LogIdentity.TryParse($"{log}", out var read));
        Assert.Equal(log, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("0198a000000070008000000000000001")]
    [InlineData("0198a000000070008000000000000001/")]
    [InlineData("0198a000000070008000000000000001/-1")]
    [InlineData("0198a000-0000-7000-8000-000000000001/1")]
    [InlineData("another log/1")]
    public void What_names_no_log_is_not_read(string text) => Assert.False(LogIdentity.TryParse(text, out _));
}
