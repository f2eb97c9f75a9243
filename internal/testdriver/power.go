package testdriver

import "context"

func (c *call) startNow(context.Context) (any, error) {
	c.start()
	return nil, nil
}

func (c *call) connectNow(ctx context.Context) (any, error) {
	return nil, c.nested("waiting for the machine to finish booting", func() error { return c.connect(ctx) })
}

func (c *call) isUp(context.Context) (any, error) { return c.running(), nil }

func (c *call) shutdown(ctx context.Context) (any, error) {
	if !c.running() {
		return nil, nil
	}
	return nil, c.nested("shutting down", func() error {
		if err := c.connect(ctx); err != nil {
			return err
		}
		return c.stop(ctx, c.machine.Shutdown)
	})
}

func (c *call) crash(ctx context.Context) (any, error) {
	if !c.running() {
		return nil, nil
	}
	return nil, c.nested("forced crash", func() error { return c.stop(ctx, c.machine.Crash) })
}

func (c *call) release(ctx context.Context) (any, error) {
	return nil, c.stop(ctx, c.machine.Crash)
}

// reboot shuts down and begins to boot again; the next command waits for it.
func (c *call) reboot(ctx context.Context) (any, error) {
	if !c.running() {
		return nil, nil
	}
	return nil, c.nested("rebooting", func() error {
		if err := c.connect(ctx); err != nil {
			return err
		}
		if err := c.stop(ctx, c.machine.Shutdown); err != nil {
			return err
		}
		c.start()
		return nil
	})
}

func (c *call) waitForShutdown(ctx context.Context) (any, error) {
	if !c.running() {
		return nil, nil
	}
	return nil, c.nested("waiting for the machine to power off", func() error {
		if err := c.connect(ctx); err != nil {
			return err
		}
		return c.stop(ctx, c.machine.Wait)
	})
}

func (c *call) block(ctx context.Context) (any, error) {
	return nil, c.link(ctx, "unplugging the network", c.machine.Block)
}

func (c *call) unblock(ctx context.Context) (any, error) {
	return nil, c.link(ctx, "plugging the network back in", c.machine.Unblock)
}

func (c *call) link(ctx context.Context, header string, change func(context.Context) error) error {
	return c.nested(header, func() error {
		if err := c.connect(ctx); err != nil {
			return err
		}
		return c.runError(change(ctx))
	})
}

// shellInteract connects the user's terminal to a shell inside.
func (c *call) shellInteract(ctx context.Context) (any, error) {
	shell, ok := c.machine.(Shell)
	terminal := c.session.config.Terminal
	if !ok || terminal == nil {
		return nil, &requestError{Kind: unsupported, Message: "shell_interact needs the interactive mode, with a terminal"}
	}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return nil, c.runError(shell.Shell(ctx, terminal.Input, terminal.Output))
}
